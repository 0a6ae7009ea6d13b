package xds

import "reflect"

// memo remembers what was made of an input, by key. Results are shared, so they must not change.
type memo[K comparable, I, O any] struct {
	made map[K]entry[I, O]
	used map[K]entry[I, O]
	work int // how many were made, and not remembered, since the memo began
}

type entry[I, O any] struct {
	in  I
	out O
}

// of returns what was made of an equal input, or makes it.
func (m *memo[K, I, O]) of(key K, in I, build func(I) O) O {
	if m.used == nil {
		m.used = make(map[K]entry[I, O], len(m.made))
	}
	e, known := m.made[key]
	if !known || !reflect.DeepEqual(e.in, in) {
		e = entry[I, O]{in, build(in)}
		m.work++
	}
	m.used[key] = e
	return e.out
}

// sweep forgets what was not asked for since the last sweep.
func (m *memo[K, I, O]) sweep() { m.made, m.used = m.used, nil }
