package v1alpha1

// Names that outlive a release. Other programs, stored objects and running pods hold them, so they never change.
// docs/adr/0001-api.md says what each is for.
const (
	// LabelMesh on a namespace names the Mesh that it joins. On a pod the value "none" keeps the pod out.
	LabelMesh = "weft.dev/mesh"
	// MeshNone is the value of LabelMesh that opts a pod out.
	MeshNone = "none"
	// LabelServiceAccount on a pod holds the name of its service account. Injection stamps it; nothing may change it.
	LabelServiceAccount = "weft.dev/service-account"
	// LabelWorkload on a pod names the workload that it belongs to. Injection stamps it; nothing may change it.
	LabelWorkload = "weft.dev/workload"
	// LabelCanary on a Job names the Canary that it is run for.
	LabelCanary = "weft.dev/canary"
	// LabelManagedBy on an object that was made at run time names the Mesh that it was made for.
	LabelManagedBy = "weft.dev/managed-by"

	// AnnotationInjected on a pod holds the hash of what injection added.
	AnnotationInjected = "weft.dev/injected"
	// AnnotationCommand on a Canary holds the latest command of a person, as JSON (type Command).
	AnnotationCommand = "weft.dev/command"
	// AnnotationStickyHeader on a Service names a header. Requests with the same value stay together: at one version of
	// the Service, and at one of its pods.
	AnnotationStickyHeader = "weft.dev/sticky-header"

	// ConditionReleased is the readiness gate of a pod whose rollout is held, and the condition that opens it.
	ConditionReleased = "weft.dev/released"
	// AnnotationPoked on a ReplicaSet holds when the operator last made its controllers look at it again.
	AnnotationPoked = "weft.dev/poked"

	// Finalizer on a Policy lets the operator take back what is in force, in the safe order, before the object goes.
	Finalizer = "weft.dev/unwind"

	// FieldManager is the manager of all fields that the operator applies.
	FieldManager = "weft"

	// TrustConfigMap in every joined namespace holds the roots that the mesh trusts, under the key TrustKey.
	TrustConfigMap = "weft-trust"
	// TrustKey is the key of TrustConfigMap: PEM certificates.
	TrustKey = "roots.pem"

	// ScopePrefix and the name of a joined namespace make the name of the ConfigMap in the operator's namespace that holds
	// what workloads there are known to call, under the key ScopeKey.
	ScopePrefix = "weft-scope-"
	// ScopeKey is the key of such a ConfigMap: a line for each workload, Service and day.
	ScopeKey = "calls"

	// TokenAudience is the audience of the token by which an agent proves which pod it runs in.
	TokenAudience = "weft.dev"

	// ContainerProxy and ContainerRedirect are the names of the containers that injection adds.
	ContainerProxy    = "weft-proxy"
	ContainerRedirect = "weft-redirect"
)

// Ports of a sidecar. No user port may be one of these.
const (
	PortOutbound int32 = 15001 // Envoy: what the application opens is redirected here
	PortFirst    int32 = 15002 // Envoy: its own first connections to Services outside its scope come back here
	PortInbound  int32 = 15006 // Envoy: what arrives is redirected here
	PortAdmin    int32 = 15000 // Envoy's admin interface, loopback only
	PortHealth   int32 = 15021 // the agent: /ready, /live and the rewritten probes
)

// ProxyUID is the user that Envoy and the agent run as. Its traffic is not redirected, but for that to its own pod.
const ProxyUID int64 = 1337

// FirstCallsFlag is the argument of the redirecting container that leads first calls to PortFirst. A proxy whose pod has
// it may know less than its whole mesh.
const FirstCallsFlag = "--first-calls"

// Condition types. Ready, Reconciling and Stalled follow kstatus.
const (
	ConditionReady       = "Ready"
	ConditionReconciling = "Reconciling"
	ConditionStalled     = "Stalled"
	// ConditionAccepted is False when an object is valid but cannot be honoured; its reason says why.
	ConditionAccepted = "Accepted"
	// ConditionApplied is True when every live proxy that depends on the object has acknowledged it.
	ConditionApplied = "Applied"
	// ConditionCertificatesValid is False when a certificate of the mesh has expired or soon will.
	ConditionCertificatesValid = "CertificatesValid"
)
