package xds

import (
	"maps"
	"slices"

	"github.com/weft-mesh/weft/internal/model"
)

// part is a piece of a set: resources, and for each object those of them that carry it.
type part struct {
	resources map[ID]*Resource
	stamps    map[model.Stamp][]ID
}

func newPart() *part {
	return &part{resources: map[ID]*Resource{}, stamps: map[model.Stamp][]ID{}}
}

func (p *part) add(r *Resource, stamps ...model.Stamp) {
	p.resources[r.id()] = r
	for _, s := range stamps {
		p.stamp(r, s)
	}
}

func (p *part) stamp(r *Resource, s model.Stamp) { p.stamps[s] = append(p.stamps[s], r.id()) }

func (p *part) ids() []ID { return slices.SortedFunc(maps.Keys(p.resources), compareIDs) }

// digest tells parts apart by their content and by what they carry.
func (p *part) digest() string {
	var parts [][]byte
	for _, id := range p.ids() {
		parts = append(parts, []byte(id.TypeURL), []byte(id.Name), []byte(p.resources[id].Version))
	}
	for _, s := range slices.SortedFunc(maps.Keys(p.stamps), compareStamps) {
		slices.SortFunc(p.stamps[s], compareIDs)
		parts = append(parts, []byte(s.UID), []byte(s.Version))
		for _, id := range p.stamps[s] {
			parts = append(parts, []byte(id.TypeURL), []byte(id.Name))
		}
	}
	return hash(parts...)
}

func (r *Resource) id() ID { return ID{r.TypeURL, r.Name} }
