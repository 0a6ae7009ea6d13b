package xdsserver

import (
	"slices"

	"github.com/weft-mesh/weft/internal/ack"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

// Report says what the client has applied of the target. The maps never change afterwards.
func (st *stream) Report() ack.Report {
	st.look()
	return ack.Report{Applied: st.applied, Rejected: st.refusals(), UpToDate: st.upToDate()}
}

// look takes down which objects are applied now. What was applied in an older version counts until the new one is.
func (st *stream) look() {
	set := st.target.set
	if set == nil || !st.stale {
		return
	}
	st.stale, st.whole = false, true
	for id := range set.Resources {
		if !st.holdsCurrent(id) {
			st.whole = false
			break
		}
	}
	next := map[string]string{}
	for stamp, ids := range set.Stamps {
		if st.holdsAll(ids) {
			next[stamp.UID] = stamp.Version
		} else if version, is := st.applied[stamp.UID]; is {
			next[stamp.UID] = version
		}
	}
	st.applied = next
}

func (st *stream) holdsAll(ids []xds.ID) bool {
	for _, id := range ids {
		if !st.holdsCurrent(id) {
			return false
		}
	}
	return true
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
	if st.target.set == nil || !st.whole {
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
	for stamp, ids := range st.target.set.Stamps {
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
