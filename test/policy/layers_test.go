package policy

import (
	"fmt"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model"
)

func TestWhatEnvoyAllowsTheNetworkLetsThrough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		if lost := lostCalls(modelOf(drawPolicies(t))); len(lost) > 0 {
			t.Fatal(lost)
		}
	})
}

func TestWhatIsInNoRuleIsDropped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := modelOf(drawPolicies(t))
		o := oracleOf(m)
		each(m, func(w model.Workload, from model.Identity, port uint16) {
			to := injected(w.Account.Account, w.Account)
			if got, want := o.letsThrough(injected("any", from), to, port, corev1.ProtocolTCP), permits(w.Network, from, port) || wholeNamespace(w.Network, from.Namespace, port); got != want {
				t.Fatalf("%v to %s:%d: let through %t, want %t", from, w.Key, port, got, want)
			}
			unlabelled := o.letsThrough(plain(from.Namespace), to, port, corev1.ProtocolTCP)
			if w.Network.Isolated && unlabelled && !wholeNamespace(w.Network, from.Namespace, port) {
				t.Fatalf("a pod of %s without an account gets to %s:%d", from.Namespace, w.Key, port)
			}
			if !o.letsThrough(injected("any", from), plain(w.Namespace), port, corev1.ProtocolTCP) {
				t.Fatalf("a pod outside of the mesh is isolated in %s", w.Namespace)
			}
		})
	})
}

// A network that follows the spec at once drops what proxies still allow. So the first property can fail.
func TestTheOracleSeesANarrowNetwork(t *testing.T) {
	p := &v1alpha1.Policy{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Generation: 1}}
	p.Spec.Access = &v1alpha1.Access{Allow: []v1alpha1.AccessRule{{From: []v1alpha1.Peer{{ServiceAccount: &v1alpha1.ServiceAccountPeer{Name: "web"}}}}}}
	move(p, 4)
	if lost := lostCalls(modelOf([]*v1alpha1.Policy{p})); len(lost) > 0 {
		t.Fatal(lost)
	}
	p.Status.Network.Accepts[0].Allow = nil
	if lost := lostCalls(modelOf([]*v1alpha1.Policy{p})); len(lost) == 0 {
		t.Error("the network lets nothing through, and no call is lost")
	}
}

// Only the edge may reach productpage, and only productpage may reach ratings.
func TestFineIsolation(t *testing.T) {
	m := &model.Model{Mesh: model.Mesh{NetworkPolicy: true}}
	edge := model.Identity{Namespace: "edge", Account: "gateway"}
	productpage := model.Identity{Namespace: "shop", Account: "productpage"}
	ratings := model.Identity{Namespace: "shop", Account: "ratings"}
	for to, from := range map[model.Identity]model.Identity{productpage: edge, ratings: productpage} {
		m.Workloads = append(m.Workloads, model.Workload{
			Key: model.Key{Namespace: to.Namespace, Name: to.Account + "@" + to.Account}, Label: to.Account, Account: to,
			Network: model.Access{Isolated: true, Rules: []model.Rule{{From: []model.Identity{from}, Ports: []uint16{9080}}}},
		})
	}
	o := oracleOf(m)
	for _, c := range []struct {
		from, to model.Identity
		port     uint16
		want     bool
	}{
		{edge, productpage, 9080, true},
		{edge, productpage, 15000, false},
		{edge, ratings, 9080, false},
		{productpage, ratings, 9080, true},
		{ratings, productpage, 9080, false},
		{model.Identity{Namespace: "shop", Account: "gateway"}, productpage, 9080, false},
		{productpage, edge, 9080, true},
	} {
		if got := o.letsThrough(injected(c.from.Account, c.from), injected(c.to.Account, c.to), c.port, corev1.ProtocolTCP); got != c.want {
			t.Errorf("%v to %v:%d: let through %t, want %t", c.from, c.to, c.port, got, c.want)
		}
	}
	if o.letsThrough(injected("gateway", edge), injected("productpage", productpage), 9080, corev1.ProtocolUDP) {
		t.Error("a rule for a TCP port lets UDP through")
	}
}

// lostCalls are those that Envoy allows and the network drops.
func lostCalls(m *model.Model) []string {
	o := oracleOf(m)
	var out []string
	each(m, func(w model.Workload, from model.Identity, port uint16) {
		if permits(w.Envoy, from, port) && !o.letsThrough(injected("any", from), injected(w.Account.Account, w.Account), port, corev1.ProtocolTCP) {
			out = append(out, fmt.Sprintf("%v to %s:%d", from, w.Key, port))
		}
	})
	return out
}

func each(m *model.Model, do func(w model.Workload, from model.Identity, port uint16)) {
	for _, w := range m.Workloads {
		for _, namespace := range namespaces {
			for _, account := range append(slices.Clone(accounts), "other") {
				for _, port := range append(slices.Clone(ports), 82) {
					do(w, model.Identity{Namespace: namespace, Account: account}, uint16(port))
				}
			}
		}
	}
}

func permits(a model.Access, from model.Identity, port uint16) bool {
	return !a.Isolated || slices.ContainsFunc(a.Rules, func(r model.Rule) bool {
		return slices.Contains(r.From, from) && (len(r.Ports) == 0 || slices.Contains(r.Ports, port))
	})
}

// wholeNamespace says whether an account that has no label may call, so that its namespace may.
func wholeNamespace(a model.Access, namespace string, port uint16) bool {
	return permits(a, model.Identity{Namespace: namespace, Account: long}, port)
}
