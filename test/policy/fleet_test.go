package policy

import (
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/policy"
)

var (
	long       = strings.Repeat("long-", 13)
	namespaces = []string{"edge", "shop"}
	accounts   = []string{"cart", "web", long}
	workloads  = []string{"cart", "web"}
	ports      = []int32{80, 81}
)

// drawPolicies makes Policies and leaves each at some point of its change.
func drawPolicies(t *rapid.T) []*v1alpha1.Policy {
	var out []*v1alpha1.Policy
	for range rapid.IntRange(0, 3).Draw(t, "policies") {
		p := &v1alpha1.Policy{ObjectMeta: metav1.ObjectMeta{Namespace: rapid.SampledFrom(namespaces).Draw(t, "namespace")}}
		for range rapid.IntRange(1, 3).Draw(t, "generations") {
			p.Generation++
			p.Spec = drawSpec(t)
			move(p, rapid.IntRange(1, 4).Draw(t, "steps"))
		}
		if rapid.Bool().Draw(t, "delete") {
			p.DeletionTimestamp = &metav1.Time{Time: time.Unix(1e9, 0)}
			move(p, rapid.IntRange(1, 3).Draw(t, "steps"))
		}
		out = append(out, p)
	}
	return out
}

func drawSpec(t *rapid.T) v1alpha1.PolicySpec {
	spec := v1alpha1.PolicySpec{Access: &v1alpha1.Access{}}
	if rapid.Bool().Draw(t, "selective") {
		spec.Selector.MatchLabels = map[string]string{"app": rapid.SampledFrom(workloads).Draw(t, "app")}
	}
	for range rapid.IntRange(0, 2).Draw(t, "rules") {
		var r v1alpha1.AccessRule
		for range rapid.IntRange(1, 2).Draw(t, "peers") {
			r.From = append(r.From, v1alpha1.Peer{ServiceAccount: &v1alpha1.ServiceAccountPeer{
				Name:      rapid.SampledFrom(accounts).Draw(t, "account"),
				Namespace: rapid.SampledFrom(append(namespaces, "")).Draw(t, "of namespace"),
			}})
		}
		r.Ports = rapid.SliceOfNDistinct(rapid.SampledFrom(ports), 0, 2, rapid.ID[int32]).Draw(t, "ports")
		spec.Access.Allow = append(spec.Access.Allow, r)
	}
	return spec
}

func move(p *v1alpha1.Policy, steps int) {
	for range steps {
		p.Status = policy.Next(policy.Input{Policy: p, NetworkWritten: true, Decidable: true, Now: time.Unix(1e9, 0)}).Status
	}
}

// modelOf has each workload in each namespace, with what the Policies have in force.
func modelOf(policies []*v1alpha1.Policy) *model.Model {
	m := &model.Model{Mesh: model.Mesh{Name: "main", NetworkPolicy: true}}
	for _, namespace := range namespaces {
		for _, name := range workloads {
			w := model.Workload{Key: model.Key{Namespace: namespace, Name: name + "@" + name}, Label: name, Account: model.Identity{Namespace: namespace, Account: name}}
			for _, p := range policies {
				if p.Namespace == namespace {
					add(&w, p)
				}
			}
			m.Workloads = append(m.Workloads, w)
		}
	}
	return m
}

func add(w *model.Workload, p *v1alpha1.Policy) {
	if e := p.Status.Envoy; e != nil && selects(*e, w.Account.Account) {
		w.Envoy.Isolated = true
		w.Envoy.Rules = append(w.Envoy.Rules, rules(*e, p.Namespace)...)
	}
	n := p.Status.Network
	if n == nil {
		return
	}
	isolates := n.Isolates
	for _, a := range n.Accepts {
		if selects(a, w.Account.Account) {
			w.Network.Rules = append(w.Network.Rules, rules(a, p.Namespace)...)
		} else {
			isolates = false
		}
	}
	w.Network.Isolated = w.Network.Isolated || isolates
}

func selects(a v1alpha1.EnforcedAccess, app string) bool {
	want, some := a.Selector.MatchLabels["app"]
	return !some || want == app
}

func rules(a v1alpha1.EnforcedAccess, home string) []model.Rule {
	var out []model.Rule
	for _, r := range a.Allow {
		var rule model.Rule
		for _, p := range r.From {
			id := model.Identity{Namespace: p.ServiceAccount.Namespace, Account: p.ServiceAccount.Name}
			if id.Namespace == "" {
				id.Namespace = home
			}
			rule.From = append(rule.From, id)
		}
		for _, port := range r.Ports {
			rule.Ports = append(rule.Ports, uint16(port))
		}
		out = append(out, rule)
	}
	return out
}
