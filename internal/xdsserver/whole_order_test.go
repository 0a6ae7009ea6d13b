package xdsserver

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Whatever the order of targets, deliveries, refusals and reconnections, a client of the state of the world ends with the
// same resources as a delta client, and both are reported alike.
func TestWholeEndsAsDelta(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		faults := rapid.Bool().Draw(t, "faults")
		delta, whole := &wire{server: newStream(), client: newEnvoy()}, newWholeWire()
		delta.client.unnamed = rapid.Bool().Draw(t, "unnamed")
		whole.client.unnamed = delta.client.unnamed
		aim := func(next target) {
			delta.aim(next)
			whole.aim(next)
		}
		t.Repeat(map[string]func(*rapid.T){
			"target": func(t *rapid.T) {
				set := drawPlan(t, faults).set()
				aim(target{set: set, endpoints: drawEndpoints(t, set)})
			},
			"endpoints": func(t *rapid.T) {
				if set := delta.target.set; set != nil {
					aim(target{set: set, endpoints: drawEndpoints(t, set)})
				}
			},
			"delta up":        func(*rapid.T) { delta.up() },
			"delta down":      func(*rapid.T) { delta.receive() },
			"delta reconnect": func(*rapid.T) { delta.reconnect() },
			"whole request":   func(*rapid.T) { twice(whole.request) },
			"whole serve":     func(*rapid.T) { twice(whole.serve) },
			"whole send":      func(*rapid.T) { twice(whole.send) },
			"whole receive":   func(*rapid.T) { twice(whole.receive) },
			"whole reconnect": func(*rapid.T) { whole.reconnect() },
			"drain": func(t *rapid.T) {
				if !delta.drain() || !whole.drain() {
					t.Fatal("the exchange never ends")
				}
			},
		})
		aim(drawFinal(t))
		if !delta.drain() || !whole.drain() {
			t.Fatal("the exchange never ends")
		}
		if diff := cmp.Diff(delta.client.versions, whole.client.versions); diff != "" {
			t.Fatalf("(-delta +state of the world):\n%s", diff)
		}
		checkEnd(t, delta)
		checkEnd(t, &whole.wire)
	})
}

// While a client of the state of the world stays connected, no route in force names a cluster that is not there, and no
// endpoint has an account that its cluster does not know. When it comes back its first response takes the place of
// all that it has, and the server can't know what that was.
func TestWholeMakeBeforeBreak(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		faults := rapid.Bool().Draw(t, "faults")
		w := newWholeWire()
		w.client.unnamed = rapid.Bool().Draw(t, "unnamed")
		check := func(t *rapid.T) {
			if w.client.fault != nil {
				t.Fatal(w.client.fault)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"": check,
			"target": func(t *rapid.T) {
				set := drawPlan(t, faults).set()
				w.aim(target{set: set, endpoints: drawEndpoints(t, set)})
			},
			"endpoints": func(t *rapid.T) {
				if w.target.set != nil {
					w.aim(target{set: w.target.set, endpoints: drawEndpoints(t, w.target.set)})
				}
			},
			"request": func(*rapid.T) { twice(w.request) },
			"serve":   func(*rapid.T) { twice(w.serve) },
			"send":    func(*rapid.T) { twice(w.send) },
			"receive": func(*rapid.T) { twice(w.receive) },
			"drain": func(t *rapid.T) {
				if !w.drain() {
					t.Fatal("the exchange never ends")
				}
			},
		})
		w.aim(drawFinal(t))
		if !w.drain() {
			t.Fatal("the exchange never ends")
		}
		check(t)
		checkEnd(t, &w.wire)
	})
}
