// Package status turns what is known about an object into its status. It is pure: time arrives as a value, and a
// condition keeps the time of its last change.
package status

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model"
)

// MeshInput is what a Mesh's status is made of.
type MeshInput struct {
	Mesh      *v1alpha1.Mesh
	Effective model.Mesh
	Findings  []model.Finding
	Missing   []string
	// Complete is false while a live replica has not reported. Silent names such replicas.
	Complete bool
	Silent   []string
	Proxies  v1alpha1.Acknowledgement
	// Routes are HTTPRoutes.
	Routes, GRPCRoutes []Route
	Scope              *v1alpha1.ScopeStatus
	// Ends of the mesh's certificates; zero before they exist.
	RootNotAfter, IntermediateNotAfter time.Time
	Now                                time.Time
}

// Route is one HTTPRoute or GRPCRoute with its acknowledgements.
type Route struct {
	Stamp      model.Stamp
	Generation int64
	Acks       v1alpha1.Acknowledgement
}

// How many routes of a kind and warnings fit into a status.
const (
	longestRoutes   = 500
	longestWarnings = 100
)

// Mesh is the status of a Mesh.
func Mesh(in MeshInput) v1alpha1.MeshStatus {
	out := *in.Mesh.Status.DeepCopy()
	out.ObservedGeneration = in.Mesh.Generation
	out.Effective = effective(in)
	out.Proxies = &in.Proxies
	out.Routes = routes(in.Routes, in.Findings)
	out.GRPCRoutes = routes(in.GRPCRoutes, in.Findings)
	out.Scope = in.Scope
	out.Warnings = warnings(in.Findings)
	out.Certificates = nil
	if !in.RootNotAfter.IsZero() {
		out.Certificates = &v1alpha1.CertificateStatus{
			Phase:                v1alpha1.CertificatesSteady,
			RootNotAfter:         metav1.NewTime(in.RootNotAfter.UTC()),
			IntermediateNotAfter: metav1.NewTime(in.IntermediateNotAfter.UTC()),
		}
	}
	for _, c := range []metav1.Condition{certificates(in), applied(in), ready(in), reconciling(in), stalled(in), accepted(in)} {
		c.ObservedGeneration = in.Mesh.Generation
		set(&out.Conditions, c, in.Now)
	}
	return out
}

func effective(in MeshInput) *v1alpha1.EffectiveMesh {
	mode := v1alpha1.NetworkPolicyOff
	if in.Effective.NetworkPolicy {
		mode = v1alpha1.NetworkPolicyEnforce
	}
	limits := in.Effective.Limits.API()
	return &v1alpha1.EffectiveMesh{
		Limits:        &limits,
		TrustDomain:   in.Effective.TrustDomain,
		LeafLifetime:  metav1.Duration{Duration: in.Effective.LeafLifetime},
		MTLS:          v1alpha1.MTLSStrict,
		NetworkPolicy: mode,
		Outbound:      v1alpha1.OutboundAllowAny,
		DrainSeconds:  DrainSeconds(in.Mesh),
		ScopeBudget:   int32(in.Effective.ScopeBudget),
		Namespaces:    in.Effective.Namespaces,
	}
}

// DrainSeconds is how long a terminating sidecar goes on serving.
func DrainSeconds(m *v1alpha1.Mesh) int32 {
	const usual = 5
	if m.Spec.Injection != nil && m.Spec.Injection.DrainSeconds != nil {
		return *m.Spec.Injection.DrainSeconds
	}
	return usual
}

func routes(all []Route, findings []model.Finding) []v1alpha1.RouteStatus {
	var out []v1alpha1.RouteStatus
	for _, r := range all[:min(len(all), longestRoutes)] {
		s := v1alpha1.RouteStatus{Namespace: r.Stamp.Namespace, Name: r.Stamp.Name, Generation: r.Generation, Acknowledgement: r.Acks}
		s.Reason = reasonOf(findings, r.Stamp)
		out = append(out, s)
	}
	return out
}

// reasonOf tells the first finding of a route with its field, and how many there are besides.
func reasonOf(findings []model.Finding, r model.Stamp) string {
	var own []model.Finding
	for _, f := range findings {
		if f.Kind == r.Kind && f.Namespace == r.Namespace && f.Name == r.Name {
			own = append(own, f)
		}
	}
	if len(own) == 0 {
		return ""
	}
	text := fmt.Sprintf("%s: %s (%s)", own[0].Reason, own[0].Message, own[0].Field)
	if more := len(own) - 1; more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return text
}

// warnings are the findings that appear nowhere else: an object that is refused has a condition, a route its own entry.
func warnings(findings []model.Finding) []v1alpha1.Warning {
	var out []v1alpha1.Warning
	for _, f := range findings {
		if f.Fatal || f.Kind == model.KindHTTPRoute || f.Kind == model.KindGRPCRoute || len(out) == longestWarnings {
			continue
		}
		out = append(out, v1alpha1.Warning{Kind: f.Kind, Namespace: f.Namespace, Name: f.Name, Field: f.Field, Reason: f.Reason, Message: f.Message})
	}
	return out
}

// AppliedBy says in words how far an object has come.
func AppliedBy(a v1alpha1.Acknowledgement) string {
	text := fmt.Sprintf("applied by %d of %d proxies", a.Acknowledged, a.Total)
	if len(a.Rejected) > 0 {
		text += fmt.Sprintf("; rejected by %s: %s", a.Rejected[0].Pod, a.Rejected[0].Reason)
	}
	if len(a.Pending) > 0 {
		text += "; waiting for " + a.Pending[0]
		if more := int(a.Total) - int(a.Acknowledged) - len(a.Rejected) - 1; more > 0 {
			text += fmt.Sprintf(" and %d more", more)
		}
	}
	return text
}

func set(conditions *[]metav1.Condition, c metav1.Condition, now time.Time) {
	old := meta.FindStatusCondition(*conditions, c.Type)
	c.LastTransitionTime = metav1.NewTime(now.UTC().Truncate(time.Second))
	if old != nil && old.Status == c.Status {
		c.LastTransitionTime = old.LastTransitionTime
	}
	meta.SetStatusCondition(conditions, c)
}
