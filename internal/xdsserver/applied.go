package xdsserver

import (
	"cmp"
	"maps"
	"slices"

	"github.com/weft-mesh/weft/internal/ack"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

// progress is how far a client is on the way to its set. It holds what the client lacks, so it is empty for a client at
// rest, and an answer costs the same however large the set is.
type progress struct {
	lacks  map[xds.ID]bool     // resources of the set that the client does not hold as they are there
	waits  map[model.Stamp]int // how many of lacks an object waits for; none is not in the map
	behind map[string]string   // by the UID of an object that waits: the version applied before, if any
	shared bool                // behind was given out and must not change
	turns  int                 // counts changes of what was applied
}

// Report says what the client has applied of the target. The maps never change afterwards.
func (st *stream) Report() ack.Report {
	st.shared = true
	return ack.Report{Latest: st.target.versions(), Behind: st.behind, Rejected: st.refusals(), UpToDate: st.upToDate(), Calls: st.calls()}
}

// standing changes whenever the report does.
type standing struct {
	turns    int
	asked    int // the same of calls
	upToDate bool
}

func (st *stream) standing() standing {
	m := standing{turns: st.turns, asked: st.first.revision, upToDate: st.upToDate()}
	for _, k := range st.kinds() {
		m.turns += k.verdicts
	}
	return m
}

// aim starts towards a new set. What was applied before counts until the new version is.
func (st *stream) aim(before ack.Report) {
	st.waits, st.behind, st.shared = nil, nil, false
	for id := range st.lacks {
		st.count(id, 1)
	}
	for stamp := range st.waits {
		version, _ := before.Applied(stamp.UID)
		st.fallBehind(stamp.UID, version)
	}
	st.turns++
}

func (st *stream) fallBehind(uid, version string) {
	if st.behind == nil {
		st.behind = map[string]string{}
	}
	st.behind[uid] = version
}

// note keeps what the client lacks, and what waits for it.
func (st *stream) note(id xds.ID) {
	if st.target.set == nil {
		return
	}
	resource := st.resource(id)
	lacks := resource != nil && st.kind(id.TypeURL).of(id.Name).version != resource.Version
	if lacks == st.lacks[id] {
		return
	}
	if lacks {
		if st.lacks == nil {
			st.lacks = map[xds.ID]bool{}
		}
		st.lacks[id] = true
		st.count(id, 1)
		return
	}
	if delete(st.lacks, id); len(st.lacks) == 0 { // a map keeps the size that it once had
		st.lacks = nil
	}
	st.first.acknowledged(st.target.directory, id)
	for _, stamp := range st.count(id, -1) {
		st.apply(stamp.UID)
	}
}

// count notes that the objects which a resource carries wait for one more or less. It returns those that wait no more.
func (st *stream) count(id xds.ID, step int) (applied []model.Stamp) {
	for _, stamp := range st.target.carriedBy(id) {
		if st.waits == nil {
			st.waits = map[model.Stamp]int{}
		}
		if st.waits[stamp] += step; st.waits[stamp] <= 0 {
			delete(st.waits, stamp)
			applied = append(applied, stamp)
		}
	}
	return applied
}

func (st *stream) apply(uid string) {
	if _, waited := st.behind[uid]; !waited {
		return
	}
	if st.shared {
		st.behind, st.shared = maps.Clone(st.behind), false
	}
	if delete(st.behind, uid); len(st.behind) == 0 {
		st.behind = nil
	}
	st.turns++
}

func (st *stream) upToDate() bool {
	if st.target.set == nil || len(st.lacks) > 0 {
		return false
	}
	for _, k := range st.kinds() {
		if !k.current() || k == st.endpoints && k.refusesAny() {
			return false
		}
	}
	return true
}

// refusals returns, by the UID of an object, the refusals of resources that carry it. Of several, the first resource
// counts.
func (st *stream) refusals() map[string]ack.Refusal {
	var out map[string]ack.Refusal
	if st.target.set == nil {
		return nil
	}
	kinds := st.kinds()
	slices.SortFunc(kinds[:], func(a, b *kind) int { return cmp.Compare(a.url, b.url) })
	for _, k := range kinds {
		for _, name := range slices.Sorted(maps.Keys(k.rejected)) {
			if resource := k.lookup(name); resource == nil || !k.refuses(resource) {
				continue
			}
			for _, stamp := range st.target.carriedBy(xds.ID{TypeURL: k.url, Name: name}) {
				if _, known := out[stamp.UID]; !known {
					if out == nil {
						out = map[string]ack.Refusal{}
					}
					out[stamp.UID] = ack.Refusal{Version: stamp.Version, Reason: k.rejected[name].reason}
				}
			}
		}
	}
	return out
}

// refusesAny says that the client has refused the current version of something.
func (k *kind) refusesAny() bool {
	for name := range k.rejected {
		if resource := k.lookup(name); resource != nil && k.refuses(resource) {
			return true
		}
	}
	return false
}
