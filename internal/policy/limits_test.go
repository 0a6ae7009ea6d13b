package policy_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/policy"
)

func connections(n int32) *v1alpha1.PolicyLimits {
	return &v1alpha1.PolicyLimits{Limits: v1alpha1.Limits{MaxConnections: &n}}
}

func limited(generation int64, n int32) *v1alpha1.EnforcedLimits {
	return &v1alpha1.EnforcedLimits{Generation: generation, Selector: cart("").Spec.Selector, PolicyLimits: *connections(n)}
}

// wantLimits also looks that no layer got rules: an empty list would refuse everybody.
func wantLimits(t *testing.T, s v1alpha1.PolicyStatus, step string, want *v1alpha1.EnforcedLimits) {
	t.Helper()
	wantLayers(t, s, step, nil, nil)
	if d := cmp.Diff(want, s.Limits); d != "" {
		t.Errorf("%s: limits (-want +got):\n%s", step, d)
	}
}

// A Policy with limits takes the steps of all others, and never gets rules.
func TestLimitsTakeTheSameSteps(t *testing.T) {
	p := cart("")
	p.Spec.Access, p.Spec.Limits = nil, connections(5)
	limits := func(in *policy.Input) { in.Workloads, in.Services = nil, []string{"cart"} }
	late := func(in *policy.Input) { limits(in); in.Acks = pending(1) }

	look(p, limits)
	wantLimits(t, p.Status, policy.WidenNetwork, nil)
	look(p, limits)
	wantLimits(t, p.Status, policy.ApplyEnvoy, limited(1, 5))
	look(p, late)
	wantLimits(t, p.Status, policy.ApplyEnvoy, limited(1, 5))
	wantCondition(t, p.Status, v1alpha1.ConditionApplied, metav1.ConditionFalse, policy.ReasonPending, "applied by 2 of 3 proxies")
	look(p, limits)
	look(p, limits)
	wantLimits(t, p.Status, policy.SettleNetwork, limited(1, 5))
	wantCondition(t, p.Status, v1alpha1.ConditionReady, metav1.ConditionTrue, policy.ReasonSettled, "")
	wantCondition(t, p.Status, v1alpha1.ConditionAccepted, metav1.ConditionTrue, policy.ReasonAccepted, "1 Services")
	if d := cmp.Diff([]string{"cart"}, p.Status.Services); d != "" {
		t.Errorf("services (-want +got):\n%s", d)
	}

	p.Generation, p.Spec.Limits = 2, connections(7)
	refused := func(in *policy.Input) { limits(in); in.Conflict = "spec.limits.maxConnections: taken" }
	look(p, refused)
	wantLimits(t, p.Status, policy.SettleNetwork, limited(1, 5))
	wantCondition(t, p.Status, v1alpha1.ConditionStalled, metav1.ConditionTrue, "Conflict", "taken")
	look(p, limits)
	look(p, limits)
	wantLimits(t, p.Status, policy.ApplyEnvoy, limited(2, 7))

	p.DeletionTimestamp = &metav1.Time{Time: time.Unix(1e9, 0)}
	look(p, limits)
	wantLimits(t, p.Status, policy.WidenNetwork, limited(2, 7))
	look(p, limits)
	wantLimits(t, p.Status, policy.ApplyEnvoy, nil)
	if d := look(p, late); d.RemoveFinalizer {
		t.Error("the finalizer goes before the proxies have forgotten the limits")
	}
	look(p, limits)
	if d := look(p, limits); !d.RemoveFinalizer {
		t.Error("the finalizer stays though nothing is in force")
	}
}

// The rules of the CRD keep it out; if it comes in all the same, access goes as at a deletion.
func TestAccessThatBecomesLimitsGoesInOrder(t *testing.T) {
	p := cart("web")
	settle(t, p)
	web := access(1, "web")
	p.Generation, p.Spec.Access, p.Spec.Limits = 2, nil, connections(5)
	look(p, nil)
	wantLayers(t, p.Status, policy.WidenNetwork, &web, &v1alpha1.NetworkAccess{Accepts: []v1alpha1.EnforcedAccess{web}})
	look(p, nil)
	wantLayers(t, p.Status, policy.ApplyEnvoy, nil, &v1alpha1.NetworkAccess{Accepts: []v1alpha1.EnforcedAccess{web}})
	look(p, nil)
	wantLimits(t, p.Status, policy.SettleNetwork, limited(2, 5))
}
