package policy_test

import (
	"testing"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// A replica that has not got the last step yet gives a new proxy rules from before. So it is not enough that all
// proxies have acknowledged: every replica must have got the step, or the network is narrowed too early.
func TestALaggingReplicaIsWaitedFor(t *testing.T) {
	for name, c := range map[string]struct{ blind, broken bool }{
		"waited for":     {false, false},
		"not waited for": {true, true},
	} {
		t.Run(name, func(t *testing.T) {
			const lagging, current = 0, 1
			replica := current
			w := newWorld(func(n int) int { return min(replica, n-1) })
			w.blindLag = c.blind
			w.create()
			p := w.policies[0]
			p.object.Spec = v1alpha1.PolicySpec{Access: allow("web")}
			w.rounds(6)
			w.edit(p)
			p.object.Spec.Access = allow("cart")
			for range 4 {
				w.reconcile(p)
				p.seen[current] = len(p.history) - 1
				for _, of := range w.workloads {
					w.writeNetwork(of)
					w.deliver(of.proxies[0], of, p, false)
				}
			}
			replica = lagging
			w.addProxy(w.workloads[0])
			if broken := w.broken(); (broken != "") != c.broken {
				t.Errorf("broken %q, want %t", broken, c.broken)
			}
		})
	}
}
