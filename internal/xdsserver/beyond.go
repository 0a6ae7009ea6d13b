package xdsserver

import (
	"iter"
	"maps"
	"slices"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

// beyond is what a client gets beside its set, by Service: those that it has asked for, and those that it had when its
// scope became narrower or when it connected. It never changes once it is made; nil is nothing.
type beyond struct {
	parts    map[model.Key]*xds.Part
	versions []map[string]string // of the objects that the parts came from
}

func newBeyond(parts map[model.Key]*xds.Part) *beyond {
	b := &beyond{parts: parts}
	for _, key := range b.services() {
		if versions := parts[key].Versions(); len(versions) > 0 {
			b.versions = append(b.versions, versions)
		}
	}
	return b
}

func (b *beyond) part(key model.Key) *xds.Part {
	if b == nil {
		return nil
	}
	return b.parts[key]
}

// services are sorted.
func (b *beyond) services() []model.Key {
	if b == nil {
		return nil
	}
	return slices.SortedFunc(maps.Keys(b.parts), model.Key.Compare)
}

func (b *beyond) names() (out []string) {
	for _, key := range b.services() {
		out = append(out, key.String())
	}
	return out
}

// since goes through the resources in which it differs from an older one.
func (b *beyond) since(old *beyond) iter.Seq[xds.ID] {
	return func(yield func(xds.ID) bool) {
		if b == old {
			return
		}
		keys := slices.Concat(b.services(), old.services())
		slices.SortFunc(keys, model.Key.Compare)
		for _, key := range slices.Compact(keys) {
			for _, id := range xds.Difference(old.part(key), b.part(key)) {
				if !yield(id) {
					return
				}
			}
		}
	}
}

// resource is what clients should have under a name, with what those at some places get in its place; or nil.
func (t target) resource(id xds.ID) *xds.Resource {
	if t.set == nil {
		return nil
	}
	if r := t.set.Resource(id); r != nil {
		return r
	}
	if part := t.partOf(id); part != nil {
		return part.Resources[id]
	}
	return nil
}

// partOf is the part beyond the set that a resource belongs to, or nil.
func (t target) partOf(id xds.ID) *xds.Part {
	if t.beyond == nil {
		return nil
	}
	key, is := t.directory.ServiceOf(id)
	if !is {
		return nil
	}
	return t.beyond.parts[key]
}

// all goes through all resources that the client should have, in no order.
func (t target) all() iter.Seq[xds.ID] {
	return func(yield func(xds.ID) bool) {
		if t.set == nil {
			return
		}
		for id := range t.set.All() {
			if !yield(id) {
				return
			}
		}
		for _, key := range t.beyond.services() {
			for id := range t.beyond.parts[key].Resources {
				if t.set.Resource(id) == nil && !yield(id) {
					return
				}
			}
		}
	}
}

// carriedBy returns the objects that a resource carries.
func (t target) carriedBy(id xds.ID) []model.Stamp {
	carried := t.set.CarriedBy(id)
	if part := t.partOf(id); part != nil {
		return slices.Concat(carried, part.CarriedBy(id))
	}
	return carried
}

// versions holds those of the objects that all of it came from, by their UID.
func (t target) versions() []map[string]string {
	if t.set == nil {
		return nil
	}
	if t.beyond == nil {
		return t.set.Versions()
	}
	return slices.Concat(t.set.Versions(), t.beyond.versions)
}

// uses says that a listener names a resource of the type.
func (t target) uses(url string) bool {
	if t.set.Uses(url) {
		return true
	}
	for _, key := range t.beyond.services() {
		for id := range t.beyond.parts[key].Resources {
			if id.TypeURL == url {
				return true
			}
		}
	}
	return false
}

// knows says that the set has a Service of which this is a part.
func knows(set *xds.Set, part *xds.Part) bool {
	for id := range part.Resources {
		if set.Resource(id) != nil {
			return true
		}
	}
	return false
}
