package policy_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/policy"
)

func TestChangesTakeThreeSteps(t *testing.T) {
	p := cart("web")
	web, admin := access(1, "web"), access(2, "admin")
	both := []v1alpha1.EnforcedAccess{web, admin}

	look(p, nil)
	wantLayers(t, p.Status, policy.WidenNetwork, nil, &v1alpha1.NetworkAccess{Accepts: both[:1]})
	look(p, nil)
	wantLayers(t, p.Status, policy.ApplyEnvoy, &web, &v1alpha1.NetworkAccess{Accepts: both[:1]})
	look(p, nil)
	wantLayers(t, p.Status, policy.SettleNetwork, &web, &v1alpha1.NetworkAccess{Isolates: true, Accepts: both[:1]})
	if d := look(p, nil); len(d.Events) != 1 || d.Events[0].Message != "generation 1 is in force" {
		t.Errorf("events: %+v", d.Events)
	}

	edit(p, "admin")
	look(p, nil)
	wantLayers(t, p.Status, policy.WidenNetwork, &web, &v1alpha1.NetworkAccess{Isolates: true, Accepts: both})
	look(p, nil)
	wantLayers(t, p.Status, policy.ApplyEnvoy, &admin, &v1alpha1.NetworkAccess{Isolates: true, Accepts: both})
	look(p, nil)
	wantLayers(t, p.Status, policy.SettleNetwork, &admin, &v1alpha1.NetworkAccess{Isolates: true, Accepts: both[1:]})

	p.DeletionTimestamp = &metav1.Time{Time: time.Unix(1e9, 0)}
	look(p, nil)
	wantLayers(t, p.Status, policy.WidenNetwork, &admin, &v1alpha1.NetworkAccess{Accepts: both[1:]})
	look(p, nil)
	wantLayers(t, p.Status, policy.ApplyEnvoy, nil, &v1alpha1.NetworkAccess{Accepts: both[1:]})
	if d := look(p, nil); d.RemoveFinalizer {
		t.Error("the finalizer goes before the NetworkPolicies are written")
	}
	wantLayers(t, p.Status, policy.SettleNetwork, nil, nil)
	unwritten := func(in *policy.Input) { in.NetworkWritten = false }
	if d := look(p, unwritten); d.RemoveFinalizer {
		t.Error("the finalizer goes before the NetworkPolicies are written")
	}
	if d := look(p, nil); !d.RemoveFinalizer {
		t.Error("the finalizer stays though nothing is in force")
	}
}

// What never left its first step is replaced; what proxies enforce stays let through.
func TestEditBeforeTheFirstStepEnds(t *testing.T) {
	p := cart("web")
	settle(t, p)
	unwritten := func(in *policy.Input) { in.NetworkWritten = false }
	for _, account := range []string{"admin", "robot"} {
		edit(p, account)
		look(p, unwritten)
	}
	web := access(1, "web")
	wantLayers(t, p.Status, policy.WidenNetwork, &web, &v1alpha1.NetworkAccess{
		Isolates: true, Accepts: []v1alpha1.EnforcedAccess{web, access(3, "robot")},
	})
}

// What some proxies may have applied stays let through until the last change is acknowledged by all.
func TestEditBeforeAllHaveAcknowledged(t *testing.T) {
	p := cart("web")
	settle(t, p)
	late := func(in *policy.Input) { in.Acks = pending(1) }
	for _, account := range []string{"admin", "robot"} {
		edit(p, account)
		look(p, late)
		look(p, late)
	}
	web, admin, robot := access(1, "web"), access(2, "admin"), access(3, "robot")
	wantLayers(t, p.Status, policy.ApplyEnvoy, &robot, &v1alpha1.NetworkAccess{
		Isolates: true, Accepts: []v1alpha1.EnforcedAccess{web, admin, robot},
	})
	look(p, nil)
	wantLayers(t, p.Status, policy.SettleNetwork, &robot, &v1alpha1.NetworkAccess{
		Isolates: true, Accepts: []v1alpha1.EnforcedAccess{robot},
	})
}

func TestGates(t *testing.T) {
	refused := v1alpha1.Acknowledgement{Acknowledged: 2, Total: 3, Rejected: []v1alpha1.Rejection{{Pod: "shop/cart-abc", Reason: "unknown field"}}}
	for name, c := range map[string]struct {
		looks   int
		edit    func(*policy.Input)
		stays   string
		kind    string
		is      metav1.ConditionStatus
		reason  string
		message string
	}{
		"the network comes first": {1, func(in *policy.Input) { in.NetworkWritten = false }, policy.WidenNetwork,
			v1alpha1.ConditionReconciling, metav1.ConditionTrue, policy.WidenNetwork, "waiting for the NetworkPolicies to be widened"},
		"a proxy is late": {2, func(in *policy.Input) { in.Acks = pending(1) }, policy.ApplyEnvoy,
			v1alpha1.ConditionApplied, metav1.ConditionFalse, policy.ReasonPending, "applied by 2 of 3 proxies; waiting for shop/cart-abc"},
		"a replica is silent": {2, func(in *policy.Input) { in.Decidable = false }, policy.ApplyEnvoy,
			v1alpha1.ConditionReconciling, metav1.ConditionTrue, policy.ApplyEnvoy, "every replica"},
		"a proxy refuses": {2, func(in *policy.Input) { in.Acks = refused }, policy.ApplyEnvoy,
			v1alpha1.ConditionStalled, metav1.ConditionTrue, policy.ReasonRejected, "shop/cart-abc: unknown field"},
		"a proxy refuses, Applied": {2, func(in *policy.Input) { in.Acks = refused }, policy.ApplyEnvoy,
			v1alpha1.ConditionApplied, metav1.ConditionFalse, policy.ReasonRejected, "shop/cart-abc: unknown field"},
		"a new pod comes later": {4, func(in *policy.Input) { in.Acks = pending(1) }, policy.SettleNetwork,
			v1alpha1.ConditionReady, metav1.ConditionTrue, policy.ReasonSettled, ""},
		"nothing is selected": {4, func(in *policy.Input) { in.Workloads = nil }, policy.SettleNetwork,
			v1alpha1.ConditionAccepted, metav1.ConditionTrue, policy.ReasonNothingSelected, "spec.selector"},
	} {
		t.Run(name, func(t *testing.T) {
			p := cart("web")
			for range c.looks {
				look(p, nil)
			}
			look(p, c.edit)
			again := look(p, c.edit)
			if p.Status.Position.Step != c.stays {
				t.Errorf("step %s, want %s", p.Status.Position.Step, c.stays)
			}
			wantCondition(t, p.Status, c.kind, c.is, c.reason, c.message)
			if len(again.Events) > 0 {
				t.Errorf("the same event twice: %+v", again.Events)
			}
		})
	}
}

// A count is of one sequence: it doesn't pass for the next, and a silent replica doesn't make it worse.
func TestCountsBelongToASequence(t *testing.T) {
	p := cart("web")
	settle(t, p)
	edit(p, "admin")
	look(p, nil)
	if p.Status.Proxies.Acknowledged != 0 {
		t.Errorf("%+v acknowledged a sequence that has only begun", p.Status.Proxies)
	}
	look(p, nil)
	look(p, func(in *policy.Input) { in.Acks = pending(1) })
	look(p, func(in *policy.Input) { in.Acks, in.Decidable = v1alpha1.Acknowledgement{Total: 3}, false })
	if p.Status.Proxies.Acknowledged != 2 {
		t.Errorf("a silent replica changed the count to %+v", p.Status.Proxies)
	}
}

func TestDeletedBeforeItBegan(t *testing.T) {
	p := cart("web")
	p.DeletionTimestamp = &metav1.Time{Time: time.Unix(1e9, 0)}
	if !look(p, func(in *policy.Input) { in.Decidable = false }).RemoveFinalizer {
		t.Error("nothing is in force, yet the finalizer stays")
	}
}

func TestInputIsNotChanged(t *testing.T) {
	p := cart("web")
	settle(t, p)
	edit(p, "admin")
	for range 5 {
		before := p.DeepCopy()
		d := policy.Next(policy.Input{Policy: p, NetworkWritten: true, Decidable: true, Now: time.Unix(2e9, 0)})
		if diff := cmp.Diff(before, p); diff != "" {
			t.Fatal(diff)
		}
		p.Status = d.Status
	}
}
