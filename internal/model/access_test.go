package model_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model"
)

func TestAccessFollowsStatus(t *testing.T) {
	old, next := v1alpha1.PodSelector{MatchLabels: map[string]string{"version": "v1"}}, v1alpha1.PodSelector{MatchLabels: map[string]string{"version": "v2"}}
	from := func(account string, ports ...int32) v1alpha1.AccessRule {
		return v1alpha1.AccessRule{From: []v1alpha1.Peer{{ServiceAccount: &v1alpha1.ServiceAccountPeer{Name: account}}}, Ports: ports}
	}
	enforced := func(s v1alpha1.PodSelector, allow ...v1alpha1.AccessRule) *v1alpha1.EnforcedAccess {
		return &v1alpha1.EnforcedAccess{Selector: s, Allow: allow}
	}
	rule := func(n, account string, ports ...uint16) model.Rule {
		return model.Rule{Name: "ns[shop]-policy[p]-rule[" + n + "]", From: []model.Identity{{Namespace: "shop", Account: account}}, Ports: ports}
	}
	cases := map[string]struct {
		reason         string
		status         v1alpha1.PolicyStatus
		envoy, network model.Access
		stamped        bool
	}{
		"spec alone": {"a spec that no step has stored is not in force", v1alpha1.PolicyStatus{}, model.Access{}, model.Access{}, true},
		"envoy": {"rules are sorted and keep their place in the Policy", v1alpha1.PolicyStatus{Envoy: enforced(old, from(""), from("a", 80, 7, 80))},
			model.Access{Isolated: true, Rules: []model.Rule{rule("1", "a", 7, 80)}}, model.Access{}, true},
		"no open list": {"ports that come to nothing are not all ports", v1alpha1.PolicyStatus{Envoy: enforced(old, from("a", 0))},
			model.Access{Isolated: true}, model.Access{}, true},
		"other pods": {"another selector does not concern the workload, but its spec does", v1alpha1.PolicyStatus{Envoy: enforced(next, from("a"))},
			model.Access{}, model.Access{}, true},
		"network adds": {"a Policy that comes or goes isolates nothing", v1alpha1.PolicyStatus{Network: &v1alpha1.NetworkAccess{Accepts: []v1alpha1.EnforcedAccess{*enforced(old, from("a"))}}},
			model.Access{}, model.Access{Rules: []model.Rule{rule("0", "a")}}, true},
		"network isolates": {"the one generation selects it", v1alpha1.PolicyStatus{Network: &v1alpha1.NetworkAccess{Isolates: true, Accepts: []v1alpha1.EnforcedAccess{*enforced(old)}}},
			model.Access{}, model.Access{Isolated: true}, true},
		"selector moves": {"one of two generations leaves it open", v1alpha1.PolicyStatus{Network: &v1alpha1.NetworkAccess{Isolates: true, Accepts: []v1alpha1.EnforcedAccess{*enforced(old, from("a")), *enforced(next)}}},
			model.Access{}, model.Access{Rules: []model.Rule{rule("0", "a")}}, true},
		"nothing accepted": {"without a generation it is not known whom it isolates", v1alpha1.PolicyStatus{Network: &v1alpha1.NetworkAccess{Isolates: true}},
			model.Access{}, model.Access{}, true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := divided("http", 1, 1, 0)
			c.status.Position = &v1alpha1.Position{Sequence: 3}
			s.Policies = []*v1alpha1.Policy{{
				ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "p", UID: "policy"}, Spec: v1alpha1.PolicySpec{Selector: old}, Status: c.status,
			}}
			w := model.Build(s).Workloads[0]
			if diff := cmp.Diff(c.envoy, w.Envoy); diff != "" {
				t.Errorf("%s: envoy (-want +got):\n%s", c.reason, diff)
			}
			if diff := cmp.Diff(c.network, w.Network); diff != "" {
				t.Errorf("%s: network (-want +got):\n%s", c.reason, diff)
			}
			if got := len(w.Stamps) == 1 && w.Stamps[0].Version == "3"; got != c.stamped {
				t.Errorf("%s: stamps %v", c.reason, w.Stamps)
			}
		})
	}
}

// A Policy that has left a workload is stamped there as long as a layer still holds its rules.
func TestAPolicyThatLeavesIsStillStamped(t *testing.T) {
	s := divided("http", 1, 1, 0)
	gone := v1alpha1.PodSelector{MatchLabels: map[string]string{"version": "v9"}}
	was := v1alpha1.EnforcedAccess{Selector: v1alpha1.PodSelector{MatchLabels: map[string]string{"version": "v1"}}}
	p := &v1alpha1.Policy{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "p", UID: "policy"}, Spec: v1alpha1.PolicySpec{Selector: gone}}
	s.Policies = []*v1alpha1.Policy{p}
	for _, held := range []bool{true, false} {
		p.Status = v1alpha1.PolicyStatus{}
		if held {
			p.Status.Network = &v1alpha1.NetworkAccess{Accepts: []v1alpha1.EnforcedAccess{was}}
		}
		if got := len(model.Build(s).Workloads[0].Stamps) == 1; got != held {
			t.Errorf("a layer holds its rules %v, stamped %v", held, got)
		}
	}
}
