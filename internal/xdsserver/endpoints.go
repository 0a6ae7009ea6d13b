package xdsserver

import (
	"maps"
	"slices"
	"sync"

	"github.com/weft-mesh/weft/internal/translate/xds"
)

// endpoints are those of all clusters by name. They never change once they are published.
type endpoints struct {
	resources map[string]*xds.Resource
	serial    int // of the publication

	mu      sync.Mutex
	changed map[int][]string // by the serial of older ones
}

func (e *endpoints) lookup(name string) *xds.Resource {
	if e == nil {
		return nil
	}
	return e.resources[name]
}

// with are these and some others in place of those with the same names; the same if nothing differs.
func (e *endpoints) with(some map[string]*xds.Resource) *endpoints {
	var names []string
	for name, r := range some {
		if was := e.lookup(name); was == nil || was.Version != r.Version {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return e
	}
	if e == nil {
		return &endpoints{resources: some, serial: 1}
	}
	slices.Sort(names)
	out := &endpoints{resources: maps.Clone(e.resources), serial: e.serial + 1, changed: map[int][]string{e.serial: names}}
	for _, name := range names {
		out.resources[name] = some[name]
	}
	return out
}

// since names the clusters whose endpoints differ from older ones, sorted. It is found out once for all streams.
func (e *endpoints) since(old *endpoints) []string {
	if e == old || e == nil {
		return nil
	}
	if old == nil {
		old = &endpoints{}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	names, known := e.changed[old.serial]
	if known {
		return names
	}
	for name, r := range e.resources {
		if was := old.resources[name]; was != r && (was == nil || was.Version != r.Version) {
			names = append(names, name)
		}
	}
	for name := range old.resources {
		if e.resources[name] == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if e.changed == nil {
		e.changed = map[int][]string{}
	}
	e.changed[old.serial] = names
	return names
}
