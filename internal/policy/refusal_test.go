package policy_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/policy"
)

func TestConflictLeavesInForceWhatIs(t *testing.T) {
	p := cart("web")
	settle(t, p)
	before := p.Status.DeepCopy()
	edit(p, "admin")
	conflict := func(in *policy.Input) { in.Conflict, in.ConflictReason = "spec.access: no", "Unusable" }
	d := look(p, conflict)
	if d := cmp.Diff(before.Envoy, p.Status.Envoy) + cmp.Diff(before.Network, p.Status.Network); d != "" {
		t.Error(d)
	}
	wantCondition(t, p.Status, v1alpha1.ConditionAccepted, metav1.ConditionFalse, "Unusable", "spec.access: no")
	wantCondition(t, p.Status, v1alpha1.ConditionReady, metav1.ConditionFalse, "Unusable", "")
	if len(d.Events) != 1 || d.Events[0].Type != "Warning" {
		t.Errorf("events: %+v", d.Events)
	}
	p.DeletionTimestamp = &metav1.Time{Time: time.Unix(1e9, 0)}
	for range 3 {
		look(p, conflict)
	}
	if !look(p, conflict).RemoveFinalizer {
		t.Error("a conflict holds back the deletion")
	}
}

// A change that proxies have begun to apply ends although its successor can't be honoured.
func TestConflictLetsAStartedChangeEnd(t *testing.T) {
	p := cart("web")
	look(p, nil)
	look(p, nil)
	edit(p, "admin")
	look(p, func(in *policy.Input) { in.Conflict, in.ConflictReason = "no", "Unusable" })
	web := access(1, "web")
	wantLayers(t, p.Status, policy.SettleNetwork, &web, &v1alpha1.NetworkAccess{Isolates: true, Accepts: []v1alpha1.EnforcedAccess{web}})
	settle(t, p)
	if p.Status.Envoy.Generation != 2 {
		t.Error("without the conflict the new generation is not taken")
	}
}

func TestUnansweredGenerationsAreLimited(t *testing.T) {
	p := cart("web")
	silent := func(in *policy.Input) { in.Acks = pending(3) }
	for i := range 40 {
		edit(p, fmt.Sprint("a", i))
		look(p, silent)
		look(p, silent)
		if n := len(p.Status.Network.Accepts); n > 16 {
			t.Fatalf("%d generations are stored, the schema takes 16", n)
		}
	}
	wantCondition(t, p.Status, v1alpha1.ConditionAccepted, metav1.ConditionFalse, "TooManyGenerations", "16 earlier generations")
	for range 8 {
		look(p, nil)
	}
	want := access(p.Generation, "a39")
	wantLayers(t, p.Status, policy.SettleNetwork, &want, &v1alpha1.NetworkAccess{Isolates: true, Accepts: []v1alpha1.EnforcedAccess{want}})
}

// Back and forth between two sets of rules takes no more room than the two.
func TestEqualGenerationsAreStoredOnce(t *testing.T) {
	p := cart("web")
	silent := func(in *policy.Input) { in.Acks = pending(3) }
	for i := range 40 {
		edit(p, fmt.Sprint("a", i%2))
		look(p, silent)
		look(p, silent)
	}
	if n := len(p.Status.Network.Accepts); n != 2 {
		t.Errorf("%d generations are stored, want 2", n)
	}
}

func TestAccessMustFitIntoTheStatus(t *testing.T) {
	p := cart("web")
	settle(t, p)
	edit(p, strings.Repeat("a", 253))
	for range 6 {
		r := &p.Spec.Access.Allow[0]
		r.From = append(r.From, r.From...)
	}
	for range 63 {
		p.Spec.Access.Allow = append(p.Spec.Access.Allow, p.Spec.Access.Allow[0])
	}
	look(p, nil)
	wantCondition(t, p.Status, v1alpha1.ConditionAccepted, metav1.ConditionFalse, "TooLarge", "spec.access")
	if p.Status.Envoy.Generation != 1 {
		t.Error("what was in force does not stay")
	}
}
