package xds

import (
	"maps"
	"slices"
	"sync"

	"github.com/weft-mesh/weft/internal/model"
)

// Part is a piece of a set.
type Part struct {
	Resources map[ID]*Resource
	// Stamps lists the objects that the set came from, each with the resources of the set that carry it. An object is
	// applied when these are acknowledged in this set's versions.
	Stamps map[model.Stamp][]ID

	invert  sync.Once
	carried map[ID][]model.Stamp // Stamps the other way round
}

func newPart() *Part {
	return &Part{Resources: map[ID]*Resource{}, Stamps: map[model.Stamp][]ID{}}
}

func (p *Part) add(r *Resource, stamps ...model.Stamp) {
	p.Resources[r.id()] = r
	for _, s := range stamps {
		p.stamp(r, s)
	}
}

func (p *Part) stamp(r *Resource, s model.Stamp) { p.Stamps[s] = append(p.Stamps[s], r.id()) }

// carriers lists by resource the objects that it carries. It is made once for all workloads that share the part.
func (p *Part) carriers() map[ID][]model.Stamp {
	p.invert.Do(func() {
		p.carried = map[ID][]model.Stamp{}
		for stamp, ids := range p.Stamps {
			for _, id := range slices.Compact(slices.SortedFunc(slices.Values(ids), compareIDs)) {
				p.carried[id] = append(p.carried[id], stamp)
			}
		}
	})
	return p.carried
}

func (p *Part) ids() []ID { return slices.SortedFunc(maps.Keys(p.Resources), compareIDs) }

// digest tells parts apart by their content and by what they carry.
func (p *Part) digest() string {
	var parts [][]byte
	for _, id := range p.ids() {
		parts = append(parts, []byte(id.TypeURL), []byte(id.Name), []byte(p.Resources[id].Version))
	}
	for _, s := range slices.SortedFunc(maps.Keys(p.Stamps), compareStamps) {
		slices.SortFunc(p.Stamps[s], compareIDs)
		parts = append(parts, []byte(s.UID), []byte(s.Version))
		for _, id := range p.Stamps[s] {
			parts = append(parts, []byte(id.TypeURL), []byte(id.Name))
		}
	}
	return hash(parts...)
}

func (r *Resource) id() ID { return ID{r.TypeURL, r.Name} }
