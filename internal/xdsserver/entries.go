package xdsserver

import (
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/weft-mesh/weft/internal/translate/xds"
)

// What a client may hold of a resource, beside a version.
const (
	absent = ""   // it was told that there is none
	unsure = "?"  // it holds it, in a version that is not known
	maybe  = "??" // followed by a version: it holds that or nothing; alone: any or nothing
)

// entry is what a client has to do with one name.
type entry struct {
	named   bool          // subscribed to by this name
	known   bool          // it was told about it, or said that it has it
	version string        // what it holds, if known
	held    *xds.Resource // the same as a resource, where the server has it
}

// holds says that the client has, or may have, some version.
func (e entry) holds() bool { return e.known && e.version != absent }

// surely says that it has some version.
func (e entry) surely() bool { return e.holds() && !strings.HasPrefix(e.version, maybe) }

// doubtful says that it is not known which version it has, if any.
func (e entry) doubtful() bool { return e.holds() && (e.version == unsure || !e.surely()) }

func (e entry) same(o entry) bool {
	return e.named == o.named && e.known == o.known && e.version == o.version
}

// entries are those of one type. Those of a client that has all it should are not stored: a client at rest takes no
// memory here, however much it holds.
type entries struct {
	at      func(name string) entry // of a client that has all it should
	all     func() iter.Seq[string] // the names for which that is not the zero entry
	departs map[string]entry        // where this client is not like that
	named   int                     // how many of departs are named
	moved   []string                // names that must be looked at again
}

func (e *entries) of(name string) entry {
	if own, departs := e.departs[name]; departs {
		return own
	}
	return e.at(name)
}

// put stores an entry, which must be looked at then.
func (e *entries) put(name string, own entry) {
	e.forget(name)
	if !own.same(e.at(name)) {
		e.store(name, own)
	}
	e.move(name)
}

func (e *entries) store(name string, own entry) {
	if e.departs == nil {
		e.departs = map[string]entry{}
	}
	e.departs[name] = own
	if own.named {
		e.named++
	}
}

func (e *entries) forget(name string) {
	if e.departs[name].named {
		e.named--
	}
	if delete(e.departs, name); len(e.departs) == 0 {
		e.departs = nil // a map keeps the size that it once had
	}
}

func (e *entries) move(name string) { e.moved = append(e.moved, name) }

// pin stores the entry of a name as it is, because what a client should have of it is about to change.
func (e *entries) pin(name string) {
	if _, departs := e.departs[name]; !departs {
		e.store(name, e.at(name))
	}
}

// release is for a pinned name when that has changed.
func (e *entries) release(name string) { e.put(name, e.of(name)) }

// around changes what a client should have of every name.
func (e *entries) around(change func()) {
	for name := range e.all() {
		e.pin(name)
	}
	change()
	for _, name := range slices.Sorted(maps.Keys(e.departs)) {
		e.release(name)
	}
}
