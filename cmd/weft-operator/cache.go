package main

import (
	admissionregistration "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	networking "k8s.io/api/networking/v1"
	rbac "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/controllers/certificates"
	"github.com/weft-mesh/weft/internal/observe"
	"github.com/weft-mesh/weft/webhook"
)

// cacheOptions limits what the operator reads to what it may read: Secrets of its own namespace, and of other kinds only
// what it made, and the one ClusterRole that its webhook's configuration goes with.
func cacheOptions(o options) cache.Options {
	own := labels.SelectorFromSet(labels.Set{v1alpha1.LabelManagedBy: o.mesh})
	return cache.Options{
		DefaultTransform: cache.TransformStripManagedFields(),
		ByObject: map[client.Object]cache.ByObject{
			nodeMetadata():             {Transform: placeOnly},
			&discovery.EndpointSlice{}: {Label: byHand()},
			&appsv1.Deployment{}:       {Transform: withoutHistory},
			&appsv1.ReplicaSet{}:       {Transform: withoutHistory},
			&corev1.Secret{}:           {Namespaces: map[string]cache.Config{o.namespace: {}}},
			&corev1.ConfigMap{}: {Namespaces: map[string]cache.Config{
				cache.AllNamespaces: {FieldSelector: named(v1alpha1.TrustConfigMap), LabelSelector: own},
				o.namespace:         {LabelSelector: own},
			}},
			&networking.NetworkPolicy{}:                           {Label: own},
			&admissionregistration.MutatingWebhookConfiguration{}: {Field: named(webhook.ConfigurationName)},
			&rbac.ClusterRole{}:                                   {Field: named(certificates.Owner)},
		},
	}
}

// withoutHistory leaves out who wrote an object, and what was applied last: a cluster has many ReplicaSets, and each carries
// the Deployment's.
func withoutHistory(in any) (any, error) {
	if object, is := in.(metav1.Object); is {
		object.SetManagedFields(nil)
		delete(object.GetAnnotations(), corev1.LastAppliedConfigAnnotation)
	}
	return in, nil
}

// placeOnly keeps of a node what says where it is: a cluster has many, and each changes all the time.
func placeOnly(in any) (any, error) {
	node, is := in.(*metav1.PartialObjectMetadata)
	if !is {
		return in, nil
	}
	at := map[string]string{}
	for _, name := range []string{corev1.LabelTopologyRegion, corev1.LabelTopologyZone} {
		if value, has := node.Labels[name]; has {
			at[name] = value
		}
	}
	out := nodeMetadata()
	out.Name, out.UID, out.ResourceVersion, out.Labels = node.Name, node.UID, node.ResourceVersion, at
	return out, nil
}

// byHand selects the EndpointSlices that Kubernetes does not make from pods. Most are made so, and the pods are read.
func byHand() labels.Selector {
	not, err := labels.NewRequirement(discovery.LabelManagedBy, selection.NotEquals, []string{observe.FromPods})
	if err != nil {
		panic(err) // the label and the value are constants
	}
	return labels.NewSelector().Add(*not)
}

func named(name string) fields.Selector { return fields.OneTermEqualSelector("metadata.name", name) }
