package main

import (
	"context"
	"fmt"

	"github.com/weft-mesh/weft/test/bench/peers/town"
)

// debounced measures what Istio's default debounce adds to a change with few clients.
func (b *bench) debounced(ctx context.Context) error {
	const clients, rounds = 10, 10
	p, err := b.tools.pair(ctx, nil, istio, meshServices, "-unlimited", "-debounce=100ms")
	if err != nil {
		return err
	}
	defer p.end()
	m := &measured{cells: map[cellKey]*cell{}}
	if _, _, err := p.connect(clients); err != nil {
		return err
	}
	var words []string
	for i, change := range []town.Change{town.Endpoint, town.Route} {
		for n := range rounds {
			if err := m.change(p, change, clients, 1+n+i*rounds); err != nil {
				return err
			}
		}
		words = append(words, fmt.Sprintf("%s (%s)", millis(part(m.cells[cellKey{istio, change.Do, clients}].times, 50)), change.Do))
	}
	b.page.say("With its default debounce of 100 ms, Istio's median with %d clients is %s and %s, of %d changes each.", clients, words[0], words[1], rounds)
	return nil
}
