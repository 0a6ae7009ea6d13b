package xds

import (
	"iter"
	"reflect"
	"slices"
)

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

// of returns what was made of an equal input, or makes it. Build sees what was made for the key the last time; the zero value
// is nothing.
func (m *memo[K, I, O]) of(key K, in I, build func(in I, last O) O) O {
	if m.used == nil {
		m.used = make(map[K]entry[I, O], len(m.made))
	}
	e, known := m.used[key]
	if !known {
		e, known = m.made[key]
	}
	if !known || !equal(e.in, in) {
		made := build(in, e.out)
		if known && alike(e.out, made) {
			made = e.out
		}
		e = entry[I, O]{in, made}
		m.work++
	}
	m.used[key] = e
	return e.out
}

// all goes through what is remembered, in no order.
func (m *memo[K, I, O]) all() iter.Seq[O] {
	return func(yield func(O) bool) {
		for _, e := range m.used {
			if !yield(e.out) {
				return
			}
		}
		for key, e := range m.made {
			if _, newer := m.used[key]; !newer && !yield(e.out) {
				return
			}
		}
	}
}

// sweep forgets what was not asked for since the last sweep.
func (m *memo[K, I, O]) sweep() { m.made, m.used = m.used, nil }

// equal compares parts by identity: they are never changed, and what is equal is the same one.
func equal[I any](a, b I) bool {
	if x, are := any(a).(pieces); are {
		return slices.Equal(x, any(b).(pieces))
	}
	return reflect.DeepEqual(a, b)
}

// alike says that two results are parts with the same content.
func alike[O any](a, b O) bool {
	x, are := any(a).(*Part)
	return are && x.Version == any(b).(*Part).Version
}
