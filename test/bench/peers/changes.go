package main

import (
	"context"
	"fmt"
	"time"

	"github.com/weft-mesh/weft/test/bench/peers/talk"
	"github.com/weft-mesh/weft/test/bench/peers/town"
)

const meshServices = 100

// cell is what was measured of one change with so many clients.
type cell struct {
	times     []time.Duration // from the change to the last acknowledgement
	cpu       []time.Duration // of the server, until nothing more came
	responses int64           // to all clients
	bytes     int64
}

type cellKey struct {
	peer, change string
	size         int
}

// measured is what the changes have shown.
type measured struct {
	sizes  []int
	cells  map[cellKey]*cell
	memory map[cellKey]talk.Usage // of the server, with so many clients
}

// settle is for how long nothing must have come before a change counts as over, in milliseconds.
const settle = 60

// changes measures the servers side by side, with growing fleets, each change for one and then for the others. The bare one
// only has endpoints.
func (b *bench) changes(ctx context.Context) (*measured, error) {
	m := &measured{sizes: b.sizes, cells: map[cellKey]*cell{}, memory: map[cellKey]talk.Usage{}}
	var pairs []*pair
	for _, of := range [][]string{{weft}, {istio, "-unlimited"}, {bare}} {
		p, err := b.tools.pair(ctx, nil, of[0], meshServices, of[1:]...)
		if err != nil {
			return nil, err
		}
		defer p.end()
		pairs = append(pairs, p)
	}
	number := 0
	for _, size := range m.sizes {
		if err := both(pairs, func(p *pair) error { return m.connect(p, size) }); err != nil {
			return nil, err
		}
		for _, change := range []town.Change{town.Endpoint, town.Route} {
			concerned := pairs
			if change.Do == town.Route.Do {
				concerned = pairs[:2]
			}
			for round, begun := 0, time.Now(); round < b.rounds(size) && (round < 5 || time.Since(begun) < b.patience); round++ {
				number++
				if err := both(concerned, func(p *pair) error { return m.change(p, change, size, number) }); err != nil {
					return nil, err
				}
			}
			b.progress("%d clients: %d %s changes", size, len(m.cells[cellKey{weft, change.Do, size}].times), change.Do)
		}
	}
	return m, nil
}

// rounds is how many changes are made with so many clients, if there is time.
func (b *bench) rounds(size int) int {
	if size >= 4000 {
		return min(b.samples, 20)
	}
	return b.samples
}

func (m *measured) connect(p *pair, size int) error {
	if _, _, err := p.connect(size); err != nil {
		return err
	}
	if _, _, err := p.quiet(1000); err != nil {
		return err
	}
	memory, err := p.server.ask(talk.Command{Do: "memory"})
	m.memory[cellKey{peer: p.name, size: size}] = memory.Usage
	return err
}

// change makes one change and waits until all clients have acknowledged it, and until it is over.
func (m *measured) change(p *pair, change town.Change, size, number int) error {
	before, had, err := p.quiet(settle)
	if err != nil {
		return err
	}
	if _, err := p.fleet.ask(talk.Command{Do: "arm", URL: change.URL, Mark: change.Mark(number)}); err != nil {
		return err
	}
	begun, err := p.server.ask(talk.Command{Do: change.Do, N: number})
	if err != nil {
		return err
	}
	ended, err := p.fleet.ask(talk.Command{Do: "await"})
	if err != nil {
		return fmt.Errorf("%s of %s: %w", change.Do, p.name, err)
	}
	after, has, err := p.quiet(settle)
	if err != nil {
		return err
	}
	key := cellKey{p.name, change.Do, size}
	c := m.cells[key]
	if c == nil {
		c = &cell{}
		m.cells[key] = c
	}
	c.times = append(c.times, ended.At.Sub(begun.At))
	c.cpu = append(c.cpu, after.Usage.CPU-before.Usage.CPU)
	c.responses += has.Responses - had.Responses
	c.bytes += has.Bytes - had.Bytes
	return nil
}
