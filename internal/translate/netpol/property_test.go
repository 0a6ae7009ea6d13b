package netpol_test

import (
	"cmp"
	"encoding/json"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	networking "k8s.io/api/networking/v1"
	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/translate/netpol"
)

var (
	namespaces = []string{"edge", "shop"}
	accounts   = []string{"admin", "web", long, long + "er"}
	portsUsed  = []uint16{80, 81, 15021}
)

func drawModel(t *rapid.T) *model.Model {
	m := mesh()
	for i := range rapid.IntRange(0, 4).Draw(t, "workloads") {
		w := workload(drawRules(t)...)
		w.Label = []string{"a", "b", "c", "a"}[i]
		w.Account.Account = []string{"sa", "sb", long, "sd"}[i]
		w.Network.Isolated = rapid.Bool().Draw(t, "isolated")
		m.Workloads = append(m.Workloads, w)
	}
	return m
}

func drawRules(t *rapid.T) []model.Rule {
	identity := rapid.Custom(func(t *rapid.T) model.Identity {
		return model.Identity{Namespace: rapid.SampledFrom(namespaces).Draw(t, "namespace"), Account: rapid.SampledFrom(accounts).Draw(t, "account")}
	})
	rule := rapid.Custom(func(t *rapid.T) model.Rule {
		return model.Rule{From: rapid.SliceOfN(identity, 0, 4).Draw(t, "from"), Ports: rapid.SliceOfN(rapid.SampledFrom(portsUsed), 0, 3).Draw(t, "ports")}
	})
	return rapid.SliceOfN(rule, 0, 4).Draw(t, "rules")
}

func encode(t *rapid.T, policies []*networking.NetworkPolicy) string {
	bytes, err := json.Marshal(policies)
	if err != nil {
		t.Fatal(err)
	}
	return string(bytes)
}

func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawModel(t)
		before := encode(t, netpol.Build(m))
		shuffled := *m
		shuffled.Workloads = rapid.Permutation(m.Workloads).Draw(t, "workloads")
		for i := range shuffled.Workloads {
			w := &shuffled.Workloads[i]
			w.Network.Rules = rapid.Permutation(w.Network.Rules).Draw(t, "rules")
			for j, r := range w.Network.Rules {
				w.Network.Rules[j].From = rapid.Permutation(r.From).Draw(t, "from")
				w.Network.Rules[j].Ports = rapid.Permutation(r.Ports).Draw(t, "ports")
			}
		}
		if after := encode(t, netpol.Build(&shuffled)); before != after {
			t.Fatalf("from\n%s\nto\n%s", before, after)
		}
	})
}

// What a NetworkPolicy lets through is what Access allows, but that a long account stands for its namespace.
func TestLetsThroughWhatAccessAllows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		access := model.Access{Isolated: true, Rules: drawRules(t)}
		policy := netpol.Build(mesh(workload(access.Rules...)))[0]
		for _, namespace := range namespaces {
			for _, account := range append(accounts, "other") {
				for _, port := range append(portsUsed, 82) {
					from := model.Identity{Namespace: namespace, Account: account}
					got, want := letsThrough(policy, from, port), allows(access, from, port)
					if want && !got {
						t.Fatalf("%v to %d is allowed and dropped", from, port)
					}
					if got && !want && !longPeer(access, namespace, port) {
						t.Fatalf("%v to %d is in no rule and let through", from, port)
					}
				}
			}
		}
	})
}

// Without long names an object holds all of what it came from.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules := drawRules(t)
		for i := range rules {
			rules[i].From = slices.DeleteFunc(rules[i].From, func(id model.Identity) bool { return len(id.Account) > 63 })
		}
		got := read(netpol.Build(mesh(workload(rules...)))[0])
		if d := gocmp.Diff(flat(rules), flat(got)); d != "" {
			t.Fatalf("(-want +got):\n%s", d)
		}
	})
}

func TestNoListIsOpen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules := drawRules(t)
		all := slices.ContainsFunc(rules, func(r model.Rule) bool { return len(r.Ports) == 0 && len(r.From) > 0 })
		for _, in := range netpol.Build(mesh(workload(rules...)))[0].Spec.Ingress {
			if len(in.From) == 0 {
				t.Fatal("a rule without peers lets everybody through")
			}
			if len(in.Ports) == 0 && !all {
				t.Fatal("a rule without ports came from none")
			}
			for _, p := range in.From {
				if p.NamespaceSelector == nil || len(p.NamespaceSelector.MatchLabels) == 0 || p.PodSelector != nil && len(p.PodSelector.MatchLabels) == 0 {
					t.Fatalf("an empty selector matches all: %v", p)
				}
			}
		}
	})
}

// call is one identity and one port, of which 0 is any.
type call struct {
	From model.Identity
	Port uint16
}

func flat(rules []model.Rule) []call {
	var out []call
	for _, r := range rules {
		ports := r.Ports
		if len(ports) == 0 {
			ports = []uint16{0}
		}
		for _, port := range ports {
			for _, from := range r.From {
				out = append(out, call{from, port})
			}
		}
	}
	slices.SortFunc(out, func(a, b call) int {
		return cmp.Or(cmp.Compare(a.From.Namespace, b.From.Namespace), cmp.Compare(a.From.Account, b.From.Account), cmp.Compare(a.Port, b.Port))
	})
	return slices.Compact(out)
}
