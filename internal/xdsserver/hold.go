package xdsserver

import (
	"slices"

	"github.com/weft-mesh/weft/internal/translate/xds"
)

// holder says of which resources of a type the client keeps the version it has for now.
func (st *stream) holder(k *kind) func(name string) bool {
	switch k {
	case st.clusters:
		return st.dialsUnknown
	case st.endpoints:
		return func(name string) bool { return k.task(name) == change && st.awaitsCluster(name) }
	}
	return st.awaitsRefused(k)
}

// awaitsCluster says that new endpoints of a cluster have an account which the client's cluster does not know, and that
// the cluster is to change. The client could not reach them before. It gets them if it refused the change.
func (st *stream) awaitsCluster(name string) bool {
	e, next := st.clusters.of(name), st.endpoints.lookup(name)
	knows := !e.holds() || e.held != nil && knowsAll(e.held, next) && knowsAll(st.clusters.underWay(name), next)
	return !knows && (st.clusters.busy[name] || st.clusters.task(name) != nothing)
}

// dialsUnknown says that the client has endpoints whose account a new cluster does not know any more, and that it can get
// others first.
func (st *stream) dialsUnknown(name string) bool {
	next, has, unheard := st.clusters.lookup(name), st.endpoints.of(name), st.unheard(name)
	knows := knowsAll(next, has.held) && knowsAll(next, st.endpoints.underWay(name))
	if unheard || has.holds() && has.held == nil {
		// They may have any account that its cluster knows.
		knows = knows && knowsAll(next, st.clusters.of(name).held)
	}
	open := unheard || st.endpoints.busy[name] || st.endpoints.task(name) == change
	return !knows && open && !st.awaitsCluster(name)
}

// unheard says that the client has brought along a cluster, and has yet to say what endpoints.
func (st *stream) unheard(name string) bool {
	return st.clusters.claims && !st.endpoints.asked && st.clusters.holds(name) && st.endpoints.lookup(name) != nil
}

// knowsAll says that a cluster can demand every account that endpoints have, or that another version of it can demand.
func knowsAll(cluster, other *xds.Resource) bool {
	if cluster == nil || other == nil {
		return true
	}
	return !slices.ContainsFunc(other.Accounts, func(account string) bool {
		_, found := slices.BinarySearch(cluster.Accounts, account)
		return !found
	})
}

// fitting is the resource to send: the target's, but for endpoints that a cluster waits for while the client's old version
// of it is in use. They stay what they are until the new one is.
func (st *stream) fitting(k *kind, name string) *xds.Resource {
	if k == st.endpoints && st.awaitsCluster(name) {
		has, known := k.of(name), st.clusters.of(name).held != nil
		if has.held != nil || known && !has.holds() {
			return has.held
		}
	}
	return k.lookup(name)
}

// awaitsRefused holds resources whose new version names a new cluster that the client refused. A resource that the client
// does not have yet goes out all the same: the rest of it is better than nothing.
func (st *stream) awaitsRefused(k *kind) func(name string) bool {
	refused := st.refusedClusters()
	return func(name string) bool {
		if len(refused) == 0 || !k.holds(name) || k.task(name) == owed {
			return false
		}
		resource := k.lookup(name)
		return resource != nil && slices.ContainsFunc(refused, resource.Names)
	}
}

// refusedClusters returns the clusters of the target that the client refused and may have no older version of.
func (st *stream) refusedClusters() []string {
	var out []string
	for name := range st.clusters.rejected {
		if resource := st.clusters.lookup(name); resource != nil && st.clusters.refuses(resource) && !st.clusters.of(name).surely() {
			out = append(out, name)
		}
	}
	return out
}
