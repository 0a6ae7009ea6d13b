package policy_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/policy"
)

// TestEnvoyNeverAllowsMoreThanTheNetwork is the promise of this package: whatever happens in whatever order, no proxy
// can be enforcing a state that allows a call which the NetworkPolicies drop. When calm returns, all is as specified.
func TestEnvoyNeverAllowsMoreThanTheNetwork(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "choice") })
		for range rapid.IntRange(1, 80).Draw(t, "moves") {
			did := w.move()
			if broken := w.broken(); broken != "" {
				t.Fatalf("after %s: %s", did, broken)
			}
		}
		if broken := w.calm(); broken != "" {
			t.Fatal(broken)
		}
	})
}

// Without one of the parts the promise breaks: so the property above can fail.
func TestEachPartOfTheMechanismIsNeeded(t *testing.T) {
	for name, damage := range map[string]func(*world){
		"acknowledgements are not waited for":       func(w *world) { w.blindAcks = true },
		"NetworkPolicies are not waited for":        func(w *world) { w.blindNet = true },
		"the network follows the spec at once":      func(w *world) { w.next = hasty },
		"a new selector isolates in the first step": func(w *world) { w.next = isolating },
	} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(400) {
				random := rand.New(rand.NewPCG(seed, 1))
				w := newWorld(random.IntN)
				damage(w)
				for range 80 {
					w.move()
					if w.broken() != "" {
						return
					}
				}
			}
			t.Error("400 runs with the part missing broke nothing")
		})
	}
}

func hasty(in policy.Input) policy.Decision {
	d := policy.Next(in)
	if n := d.Status.Network; n != nil && len(n.Accepts) > 1 {
		n.Accepts = n.Accepts[len(n.Accepts)-1:]
	}
	return d
}

func isolating(in policy.Input) policy.Decision {
	d := policy.Next(in)
	if n := d.Status.Network; n != nil && in.Policy.DeletionTimestamp == nil {
		n.Isolates = true
	}
	return d
}

// move does one thing that can happen.
func (w *world) move() string {
	of := w.workloads[w.choose(len(w.workloads))]
	p := of.proxies[w.choose(len(of.proxies))]
	if len(w.policies) == 0 {
		w.create()
		return "create"
	}
	t := w.policies[w.choose(len(w.policies))]
	switch w.choose(16) {
	case 0:
		if len(w.policies) < 3 {
			w.create()
		}
		return "create"
	case 1:
		for range 1 + w.choose(3) {
			w.edit(t)
			w.reconcile(t)
		}
		return "edits, each seen"
	case 2:
		w.remove(t)
		return "remove"
	case 3:
		w.connect(p)
		return "connect again"
	case 4:
		if len(of.proxies) < 3 {
			w.addProxy(of)
		} else {
			of.proxies = of.proxies[1:]
		}
		return "scale"
	case 5:
		w.writeNetwork(of)
		return "write a network policy"
	case 6, 13:
		for _, each := range w.workloads {
			w.writeNetwork(each)
		}
		return "write all network policies"
	case 7:
		replica := w.choose(w.replicas)
		t.seen[replica] = min(t.seen[replica]+1+w.choose(2), len(t.history)-1)
		return "replica catches up"
	case 8, 9:
		w.deliver(p, of, t, w.choose(3) == 0)
		return "deliver"
	case 10:
		w.edit(t)
		return "edit"
	case 11, 12:
		w.rounds(2 + w.choose(6))
		return "some quiet rounds"
	}
	w.reconcile(t)
	return "reconcile"
}

// broken names a call that some proxy may allow and the network drops.
func (w *world) broken() string {
	if w.wrong != "" {
		return w.wrong
	}
	for _, of := range w.workloads {
		var network []contribution
		for _, n := range of.network {
			network = append(network, byNetwork(n, of.labels))
		}
		for _, p := range of.proxies {
			possible := w.possible(p, of)
			for _, from := range callers() {
				if mayReach(possible, from, home) && !reaches(network, from, home) {
					return fmt.Sprintf("%s may allow %+v, the network drops it", p.pod.Key, from)
				}
			}
		}
	}
	return ""
}

// possible is what each Policy may add at a proxy: any state since the oldest that it may still have.
func (w *world) possible(p *proxy, of *workload) [][]contribution {
	var out [][]contribution
	for _, t := range w.all() {
		var states []contribution
		for _, s := range t.history[p.applied[t.object.UID]:] {
			states = append(states, byEnvoy(s.envoy, of.labels))
		}
		out = append(out, states)
	}
	return out
}

func callers() []caller {
	var out []caller
	for _, namespace := range []string{home, "edge"} {
		for _, account := range []string{"cart", "web", "other"} {
			for _, port := range []int32{80, 81} {
				out = append(out, caller{namespace, account, port})
			}
		}
	}
	return out
}

// rounds lets everything arrive, in order and for a while.
func (w *world) rounds(n int) {
	for range n {
		for _, t := range slices.Clone(w.policies) {
			w.reconcile(t)
			for i := range t.seen {
				t.seen[i] = len(t.history) - 1
			}
			for _, of := range w.workloads {
				w.writeNetwork(of)
				for _, p := range of.proxies {
					w.deliver(p, of, t, false)
				}
			}
			w.wrong = w.broken()
			if w.wrong != "" {
				return
			}
		}
	}
}

// calm lets everything arrive, and says what has not settled to the spec after that.
func (w *world) calm() string {
	const enough = 12
	w.rounds(enough)
	if w.wrong != "" {
		return "in calm: " + w.wrong
	}
	for _, t := range w.policies {
		s := t.object.Status
		want := v1alpha1.EnforcedAccess{Generation: t.object.Generation, Selector: t.object.Spec.Selector, Allow: t.object.Spec.Access.Allow}
		if t.object.DeletionTimestamp != nil {
			return t.object.Name + " is not gone"
		}
		if !equalJSON(s.Envoy, want) || !equalJSON(s.Network, v1alpha1.NetworkAccess{Isolates: true, Accepts: []v1alpha1.EnforcedAccess{want}}) {
			return t.object.Name + " has not settled to its spec"
		}
		if again := policy.Next(w.input(t)); !equalJSON(again.Status, s) || len(again.Events) > 0 {
			return t.object.Name + " goes on changing"
		}
	}
	return ""
}
