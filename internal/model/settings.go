package model

import (
	"time"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/snapshot"
)

// Effective values of settings that a Mesh does not have.
const (
	DefaultTrustDomain  = "cluster.local"
	DefaultLeafLifetime = 24 * time.Hour
)

// settings fills in what the Mesh leaves out.
func settings(s snapshot.Snapshot, namespaces []string) Mesh {
	out := Mesh{
		TrustDomain:       DefaultTrustDomain,
		LeafLifetime:      DefaultLeafLifetime,
		NetworkPolicy:     true,
		Limits:            DefaultLimits(),
		OperatorNamespace: s.OperatorNamespace,
		Namespaces:        namespaces,
		ScopeBudget:       DefaultScopeBudget,
	}
	if s.Mesh == nil {
		return out
	}
	out.Name, out.UID, out.Generation = s.Mesh.Name, string(s.Mesh.UID), s.Mesh.Generation
	spec := s.Mesh.Spec
	if spec.TrustDomain != "" {
		out.TrustDomain = spec.TrustDomain
	}
	if spec.Identity != nil && spec.Identity.LeafLifetime != nil {
		out.LeafLifetime = spec.Identity.LeafLifetime.Duration
	}
	if spec.NetworkPolicy != nil {
		out.NetworkPolicy = spec.NetworkPolicy.Mode != v1alpha1.NetworkPolicyOff
	}
	if spec.Traffic != nil && spec.Traffic.Limits != nil {
		out.Limits = out.Limits.with(*spec.Traffic.Limits)
	}
	if spec.Scope != nil && spec.Scope.Budget != nil {
		out.ScopeBudget = int(*spec.Scope.Budget)
	}
	return out
}
