package policy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/policy"
)

func cart(account string) *v1alpha1.Policy {
	p := &v1alpha1.Policy{ObjectMeta: metav1.ObjectMeta{Namespace: home, Name: "cart", UID: "u", Generation: 1}}
	p.Finalizers = []string{v1alpha1.Finalizer}
	p.Spec.Selector.MatchLabels = map[string]string{"app": "cart"}
	p.Spec.Access = allow(account)
	return p
}

func allow(account string) *v1alpha1.Access {
	peer := v1alpha1.Peer{ServiceAccount: &v1alpha1.ServiceAccountPeer{Name: account}}
	return &v1alpha1.Access{Allow: []v1alpha1.AccessRule{{From: []v1alpha1.Peer{peer}}}}
}

func access(generation int64, account string) v1alpha1.EnforcedAccess {
	return v1alpha1.EnforcedAccess{Generation: generation, Selector: cart("").Spec.Selector, Allow: allow(account).Allow}
}

func pending(n int32) v1alpha1.Acknowledgement {
	return v1alpha1.Acknowledgement{Acknowledged: 3 - n, Total: 3, Pending: []string{"shop/cart-abc"}[:min(n, 1)]}
}

// look stores what Next decides.
func look(p *v1alpha1.Policy, edit func(*policy.Input)) policy.Decision {
	in := policy.Input{Policy: p, NetworkWritten: true, Decidable: true, Acks: pending(0), Workloads: []string{"cart"}, Now: time.Unix(1e9, 0)}
	if edit != nil {
		edit(&in)
	}
	d := policy.Next(in)
	p.Status = d.Status
	return d
}

func settle(t *testing.T, p *v1alpha1.Policy) {
	t.Helper()
	for range 5 {
		look(p, nil)
	}
	if !meta.IsStatusConditionTrue(p.Status.Conditions, v1alpha1.ConditionReady) {
		t.Fatalf("not settled: %+v", p.Status)
	}
}

func edit(p *v1alpha1.Policy, account string) {
	p.Generation++
	p.Spec.Access = allow(account)
}

func wantCondition(t *testing.T, s v1alpha1.PolicyStatus, kind string, is metav1.ConditionStatus, reason, message string) {
	t.Helper()
	c := meta.FindStatusCondition(s.Conditions, kind)
	if c == nil || c.Status != is || c.Reason != reason || !strings.Contains(c.Message, message) {
		t.Errorf("%s: got %+v, want %s %s with %q", kind, c, is, reason, message)
	}
}

func wantLayers(t *testing.T, s v1alpha1.PolicyStatus, step string, envoy *v1alpha1.EnforcedAccess, network *v1alpha1.NetworkAccess) {
	t.Helper()
	if s.Position.Step != step {
		t.Errorf("step %s, want %s", s.Position.Step, step)
	}
	if d := cmp.Diff(envoy, s.Envoy); d != "" {
		t.Errorf("%s: Envoy (-want +got):\n%s", step, d)
	}
	if d := cmp.Diff(network, s.Network); d != "" {
		t.Errorf("%s: network (-want +got):\n%s", step, d)
	}
}
