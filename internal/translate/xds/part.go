package xds

import (
	"maps"
	"slices"
	"sync"

	"github.com/weft-mesh/weft/internal/model"
)

// Part is a piece of a set. It never changes once it is made.
type Part struct {
	Version   string // hash over the versions of all resources and stamps
	Resources map[ID]*Resource
	// Stamps lists the objects that the set came from, each with the resources of the set that carry it. An object is
	// applied when these are acknowledged in this set's versions.
	Stamps map[model.Stamp][]ID
	// Findings are about what Envoy would refuse. It is not in the part; what was there before is, if there was something.
	Findings []model.Finding

	invert   sync.Once
	carried  map[ID][]model.Stamp // Stamps the other way round
	versions map[string]string    // of the objects in Stamps, by UID

	mu    sync.Mutex
	since map[string][]ID // by the version of an older part
}

// NewPart makes a part of resources and stamps, which must not change afterwards.
func NewPart(resources map[ID]*Resource, stamps map[model.Stamp][]ID) *Part {
	return newPart(resources, stamps, nil)
}

func newPart(resources map[ID]*Resource, stamps map[model.Stamp][]ID, findings []model.Finding) *Part {
	p := &Part{Resources: resources, Stamps: stamps, Findings: findings}
	p.sort()
	p.Version = p.digest()
	return p
}

// joined puts pieces together that have no resource in common.
func joined(pieces []*Part) *Part {
	out := &Part{Resources: map[ID]*Resource{}, Stamps: map[model.Stamp][]ID{}}
	versions := make([][]byte, 0, len(pieces))
	for _, p := range pieces {
		maps.Copy(out.Resources, p.Resources)
		for stamp, ids := range p.Stamps {
			out.Stamps[stamp] = append(out.Stamps[stamp], ids...)
		}
		versions = append(versions, []byte(p.Version))
	}
	out.Stamps = honest(out.Stamps)
	out.sort()
	out.Version = hash(versions...)
	return out
}

func (p *Part) sort() {
	for stamp, ids := range p.Stamps {
		slices.SortFunc(ids, compareIDs)
		p.Stamps[stamp] = slices.Compact(ids)
	}
}

// contents is a part in the making.
type contents struct {
	resources map[ID]*Resource
	stamps    map[model.Stamp][]ID
}

func newContents() *contents {
	return &contents{resources: map[ID]*Resource{}, stamps: map[model.Stamp][]ID{}}
}

func (c *contents) add(r *Resource, stamps ...model.Stamp) {
	c.resources[r.id()] = r
	for _, s := range stamps {
		c.stamp(r, s)
	}
}

func (c *contents) stamp(r *Resource, s model.Stamp) { c.stamps[s] = append(c.stamps[s], r.id()) }

func (c *contents) part() *Part { return NewPart(c.resources, c.stamps) }

// index turns the stamps round, once for all workloads and streams that share the part.
func (p *Part) index() {
	p.invert.Do(func() {
		p.carried, p.versions = map[ID][]model.Stamp{}, make(map[string]string, len(p.Stamps))
		for _, stamp := range slices.SortedFunc(maps.Keys(p.Stamps), compareStamps) {
			p.versions[stamp.UID] = stamp.Version
			for _, id := range p.Stamps[stamp] {
				p.carried[id] = append(p.carried[id], stamp)
			}
		}
	})
}

// Since lists the resources in which the part differs from an older one, sorted; nil is an empty one. It is made once for
// all streams that come from the same version.
func (p *Part) Since(old *Part) []ID {
	if p == old {
		return nil
	}
	if old == nil {
		old = &Part{}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	ids, known := p.since[old.Version]
	if known {
		return ids
	}
	for id, r := range p.Resources {
		if was := old.Resources[id]; was == nil || was.Version != r.Version {
			ids = append(ids, id)
		}
	}
	for id := range old.Resources {
		if p.Resources[id] == nil {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, compareIDs)
	if p.since == nil {
		p.since = map[string][]ID{}
	}
	p.since[old.Version] = ids
	return ids
}

// Difference lists the resources in which a part differs from an older one, sorted. Either may be nil, which is an empty
// one.
func Difference(old, part *Part) []ID {
	if part == nil && old != nil {
		return slices.SortedFunc(maps.Keys(old.Resources), compareIDs)
	}
	if part == nil {
		return nil
	}
	return part.Since(old)
}

// CarriedBy returns the objects that a resource carries, be it in the part or no longer.
func (p *Part) CarriedBy(id ID) []model.Stamp {
	p.index()
	return p.carried[id]
}

// Versions holds the versions of the objects that the part came from by their UID. They never change.
func (p *Part) Versions() map[string]string {
	p.index()
	return p.versions
}

// digest tells parts apart by their content and by what they carry.
func (p *Part) digest() string {
	var parts [][]byte
	for _, id := range slices.SortedFunc(maps.Keys(p.Resources), compareIDs) {
		parts = append(parts, []byte(id.TypeURL), []byte(id.Name), []byte(p.Resources[id].Version))
	}
	for _, s := range slices.SortedFunc(maps.Keys(p.Stamps), compareStamps) {
		parts = append(parts, []byte(s.UID), []byte(s.Version))
		for _, id := range p.Stamps[s] {
			parts = append(parts, []byte(id.TypeURL), []byte(id.Name))
		}
	}
	for _, f := range p.Findings {
		parts = append(parts, []byte(f.Kind), []byte(f.Namespace), []byte(f.Name), []byte(f.Field), []byte(f.Message))
	}
	return hash(parts...)
}

func (r *Resource) id() ID { return ID{r.TypeURL, r.Name} }
