package xdsserver

import (
	"maps"
	"slices"

	"github.com/weft-mesh/weft/internal/ack"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

// progress is how far a client is on the way to its set. It is kept up with every answer, so that an answer costs the
// same however large the set is.
type progress struct {
	applied map[string]string   // UID of an object -> version
	lacks   map[xds.ID]bool     // resources that the client does not hold as they should be
	waits   map[model.Stamp]int // how many of lacks an object waits for; none is not in the map
	shared  bool                // applied was given out and must not change
	turns   int                 // counts changes of applied
}

// Report says what the client has applied of the target. The maps never change afterwards.
func (st *stream) Report() ack.Report {
	st.shared = true
	return ack.Report{Applied: st.applied, Rejected: st.refusals(), UpToDate: st.upToDate()}
}

// standing changes whenever the report does.
type standing struct {
	turns    int
	upToDate bool
}

func (st *stream) standing() standing {
	m := standing{turns: st.turns, upToDate: st.upToDate()}
	for _, k := range st.kinds() {
		m.turns += k.verdicts
	}
	return m
}

// aim starts towards a new set. What was applied in an older version counts until the new one is.
func (st *stream) aim() {
	set := st.target.set
	st.lacks, st.waits = map[xds.ID]bool{}, map[model.Stamp]int{}
	for id := range set.All() {
		st.note(id)
	}
	for id := range set.Carriers() {
		st.note(id)
	}
	next := make(map[string]string, len(st.applied))
	for stamp := range set.Stamps() {
		if st.waits[stamp] == 0 {
			next[stamp.UID] = stamp.Version
		} else if version, is := st.applied[stamp.UID]; is {
			next[stamp.UID] = version
		}
	}
	st.applied, st.shared = next, false
	st.turns++
}

// check looks again at a resource that has moved.
func (st *stream) check(id xds.ID) {
	if st.target.set == nil {
		return
	}
	for _, stamp := range st.note(id) {
		if st.waits[stamp] == 0 {
			st.apply(stamp)
		}
	}
}

// note keeps lacks and waits. It returns the objects that a resource carries if the client has come to hold it.
func (st *stream) note(id xds.ID) []model.Stamp {
	stamps := st.target.set.CarriedBy(id)
	if st.target.set.Resource(id) == nil && len(stamps) == 0 {
		return nil
	}
	lacks, step := !st.holdsCurrent(id), -1
	if lacks == st.lacks[id] {
		return nil
	}
	if lacks {
		st.lacks[id], step = true, 1
	} else {
		delete(st.lacks, id)
	}
	for _, stamp := range stamps {
		if st.waits[stamp] += step; st.waits[stamp] == 0 {
			delete(st.waits, stamp)
		}
	}
	if lacks {
		return nil
	}
	if len(st.lacks) == 0 { // a map keeps the size that it once had
		st.lacks, st.waits = map[xds.ID]bool{}, map[model.Stamp]int{}
	}
	return stamps
}

func (st *stream) apply(stamp model.Stamp) {
	if st.applied[stamp.UID] == stamp.Version {
		return
	}
	if st.shared {
		st.applied, st.shared = maps.Clone(st.applied), false
	}
	st.applied[stamp.UID] = stamp.Version
	st.turns++
}

// holdsCurrent says that the client has acknowledged the resource as it is in the target, where that may be not at all.
func (st *stream) holdsCurrent(id xds.ID) bool {
	k := st.kind(id.TypeURL)
	if k == nil {
		return false
	}
	if resource := k.lookup(id.Name); resource != nil {
		return k.has[id.Name] == resource.Version
	}
	return !k.holds(id.Name)
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
	out := map[string]ack.Refusal{}
	if st.target.set == nil || !slices.ContainsFunc(st.kinds(), (*kind).refusesAny) {
		return out
	}
	for stamp, ids := range st.target.set.Stamps() {
		if reason, is := st.refused(ids); is {
			out[stamp.UID] = ack.Refusal{Version: stamp.Version, Reason: reason}
		}
	}
	return out
}

func (st *stream) refused(ids []xds.ID) (reason string, is bool) {
	for _, id := range ids {
		k := st.kind(id.TypeURL)
		if k == nil || len(k.rejected) == 0 {
			continue
		}
		if resource := k.lookup(id.Name); resource != nil && k.refuses(resource) {
			return k.rejected[id.Name].reason, true
		}
	}
	return "", false
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
