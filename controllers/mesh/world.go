package mesh

import (
	"slices"
	"strconv"
	"sync"

	"github.com/weft-mesh/weft/internal/ack"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/snapshot"
)

// State is one build of the world.
type State struct {
	Snapshot snapshot.Snapshot
	Model    *model.Model
	Scopes   model.Scopes
	Pods     []model.ProxyPod
	// Withheld are findings about objects whose configuration proxies would refuse.
	Withheld []model.Finding
}

// DependentPods are the live pods whose proxies depend on an object: it is in their scope, or they have got it beyond that.
func (s *State) DependentPods(uid string, view ack.View) []model.ProxyPod {
	workloads, narrow := model.Dependents(s.Model, s.Scopes, uid), s.Scopes.Narrow() > 0
	var pods []model.ProxyPod
	for _, p := range s.Pods {
		if workloads[p.Workload] || narrow && view.Reports[p.UID].Has(uid) {
			pods = append(pods, p)
		}
	}
	return pods
}

// Joined says whether a namespace is in the mesh. Without a Mesh none is.
func (s *State) Joined(namespace string) bool {
	return s != nil && slices.Contains(s.Model.Mesh.Namespaces, namespace)
}

// sequences are the steps of all Policies, by their UID.
func (s *State) sequences() map[string]string {
	out := map[string]string{}
	for _, p := range s.Snapshot.Policies {
		if p.Status.Position != nil {
			out[string(p.UID)] = strconv.FormatInt(p.Status.Position.Sequence, 10)
		}
	}
	return out
}

// World hands the latest build to the other loops.
type World struct {
	mu      sync.Mutex
	state   *State
	known   bool
	written map[string]string // by UID of a Policy: the stamp version whose NetworkPolicies are stored; nil: not known
	onBuild []func()
	onWrite []func()
}

// OnBuild registers a function that is called after each build, and when the Mesh is gone.
func (w *World) OnBuild(f func()) { w.onBuild = append(w.onBuild, f) }

// OnWrite registers a function that is called after the leader has written the outputs of a build.
func (w *World) OnWrite(f func()) { w.onWrite = append(w.onWrite, f) }

// State is the latest build; nil before the first, or without a Mesh.
func (w *World) State() *State {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state
}

// Known says whether a build has ended: its proxies can be served, or there is no Mesh.
func (w *World) Known() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.known
}

// NetworkWritten says whether the NetworkPolicies of a Policy are stored as they were to be in this step.
func (w *World) NetworkWritten(uid, version string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.written[uid] == version
}

func (w *World) set(s *State) {
	w.mu.Lock()
	w.state, w.known = s, true
	w.mu.Unlock()
	for _, f := range w.onBuild {
		f()
	}
}

// Forget drops what an earlier term has written. Until the loop has written once, nothing is known about it.
func (w *World) Forget() { w.setWritten(nil) }

// Wrote says whether the NetworkPolicies have been compared with the wanted ones in this term.
func (w *World) Wrote() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.written != nil
}

func (w *World) setWritten(written map[string]string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.written = written
}

func (w *World) announce() {
	for _, f := range w.onWrite {
		f()
	}
}
