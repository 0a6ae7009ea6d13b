// Package controllers only holds what its loops may do at the API server. Roles are made from these markers by make
// generate. No rule has a verb that writes a spec of a user's: "patch" on policies is for the finalizer, and the
// ValidatingAdmissionPolicy weft-operator-limits refuses more than that. Pods and ReplicaSets are written where a Canary
// holds a rollout (docs/adr/0016); Deployments are only read.
//
// +kubebuilder:rbac:groups=weft.dev,resources=meshes;policies;canaries,verbs=get;list;watch
// +kubebuilder:rbac:groups=weft.dev,resources=meshes/status;policies/status;canaries/status,verbs=update
// +kubebuilder:rbac:groups=weft.dev,resources=policies,verbs=patch
// +kubebuilder:rbac:groups="",resources=namespaces;services;pods,verbs=get;list;watch
// +kubebuilder:rbac:groups="",resources=nodes,verbs=get;list;watch
// +kubebuilder:rbac:groups=apps,resources=deployments;replicasets,verbs=get;list;watch
// +kubebuilder:rbac:groups=autoscaling,resources=horizontalpodautoscalers,verbs=get;list;watch
// +kubebuilder:rbac:groups=policy,resources=poddisruptionbudgets,verbs=get;list;watch
// +kubebuilder:rbac:groups=apps,resources=replicasets;replicasets/scale,verbs=patch
// +kubebuilder:rbac:groups="",resources=pods/status,verbs=patch
// +kubebuilder:rbac:groups="",resources=pods,verbs=delete
// +kubebuilder:rbac:groups=discovery.k8s.io,resources=endpointslices,verbs=get;list;watch
// +kubebuilder:rbac:groups=gateway.networking.k8s.io,resources=httproutes;grpcroutes,verbs=get;list;watch
// +kubebuilder:rbac:groups=apiextensions.k8s.io,resources=customresourcedefinitions,verbs=get;list;watch
// +kubebuilder:rbac:groups=networking.k8s.io,resources=networkpolicies,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups="",resources=configmaps,verbs=create
// +kubebuilder:rbac:groups="",resources=configmaps,resourceNames=weft-trust,verbs=get;list;watch;patch;delete
// +kubebuilder:rbac:groups="",resources=events,verbs=create
// +kubebuilder:rbac:groups=admissionregistration.k8s.io,resources=mutatingwebhookconfigurations,verbs=create
// +kubebuilder:rbac:groups=admissionregistration.k8s.io,resources=mutatingwebhookconfigurations,resourceNames=weft-injector,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=rbac.authorization.k8s.io,resources=clusterroles,resourceNames=weft-controller,verbs=get;list;watch
// +kubebuilder:rbac:groups="",namespace=weft-system,resources=configmaps,verbs=get;list;watch;patch;delete
// +kubebuilder:rbac:groups="",namespace=weft-system,resources=secrets,verbs=get;list;watch;create;update
// +kubebuilder:rbac:groups=coordination.k8s.io,namespace=weft-system,resources=leases,verbs=get;create;update
package controllers
