package xds

import (
	"maps"
	"slices"

	"github.com/weft-mesh/weft/internal/model"
)

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
