package main

import (
	corev1 "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// cacheOptions limits what the operator reads to what it may read: Secrets of its own namespace, and of ConfigMaps and
// NetworkPolicies only those that it made.
func cacheOptions(o options) cache.Options {
	own := labels.SelectorFromSet(labels.Set{v1alpha1.LabelManagedBy: o.mesh})
	return cache.Options{
		DefaultTransform: cache.TransformStripManagedFields(),
		ByObject: map[client.Object]cache.ByObject{
			&corev1.Secret{}:            {Namespaces: map[string]cache.Config{o.namespace: {}}},
			&corev1.ConfigMap{}:         {Field: fields.OneTermEqualSelector("metadata.name", v1alpha1.TrustConfigMap), Label: own},
			&networking.NetworkPolicy{}: {Label: own},
		},
	}
}
