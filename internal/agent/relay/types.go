package relay

import (
	"maps"
	"slices"

	discoveryv3 "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
)

// all is the name by which every resource of a type is wanted.
const all = "*"

// unsure is the version of a resource that Envoy may have in some version that nobody knows. It is no real version, so
// that the operator sends the resource or its removal.
const unsure = "?"

// answer is a response that Envoy has not yet acknowledged.
type answer struct {
	resources  []*discoveryv3.Resource
	removed    []string
	nonce      string // the operator's
	generation int    // of the operator's stream that sent it
	recalled   bool   // it came from memory
	system     string
}

// typeState is what is known of one type of resource.
type typeState struct {
	url string
	// memory holds what an Envoy has acknowledged last, whether or not it still runs.
	memory map[string]*discoveryv3.Resource
	// held holds the versions that the present Envoy has, or unsure.
	held map[string]string
	// names are the subscriptions of the present Envoy; all is one of them when it wants every resource.
	names map[string]bool
	// owed are those of names that were not answered since they were asked for.
	owed    map[string]bool
	pending map[string]*answer
	begun   bool // the present Envoy has asked for the type
	asked   bool // the operator's stream has been asked for the type
	// acknowledged: the present Envoy has acknowledged something of the type.
	acknowledged bool
}

func newType(url string) *typeState {
	t := &typeState{url: url, memory: map[string]*discoveryv3.Resource{}}
	t.forgetEnvoy()
	return t
}

// forgetEnvoy drops what only the last Envoy knew.
func (t *typeState) forgetEnvoy() {
	t.held, t.names, t.owed = map[string]string{}, map[string]bool{}, map[string]bool{}
	t.pending = map[string]*answer{}
	t.begun, t.asked, t.acknowledged = false, false, false
}

// subscribe changes the subscriptions, and says whether the request asked for that. A type's first request that names
// nothing wants everything. A name that is asked for again must be answered again. See
// https://www.envoyproxy.io/docs/envoy/v1.40.0/api-docs/xds_protocol#incremental-xds.
func (t *typeState) subscribe(request *Request) bool {
	wanted := request.ResourceNamesSubscribe
	if !t.begun && len(wanted) == 0 {
		wanted = []string{all}
	}
	t.begun = true
	for _, name := range wanted {
		t.names[name], t.owed[name] = true, true
	}
	for _, name := range request.ResourceNamesUnsubscribe {
		t.unsubscribe(name)
	}
	return len(wanted)+len(request.ResourceNamesUnsubscribe) > 0
}

// unsubscribe forgets what Envoy no longer asks for.
func (t *typeState) unsubscribe(name string) {
	delete(t.names, name)
	delete(t.owed, name)
	switch {
	case name == all:
		maps.DeleteFunc(t.held, func(name string, _ string) bool { return !t.names[name] })
		maps.DeleteFunc(t.memory, func(name string, _ *discoveryv3.Resource) bool { return !t.names[name] })
	case !t.names[all]:
		delete(t.held, name)
		delete(t.memory, name)
	}
}

// claim believes an Envoy that says what it has, as far as memory knows the same version.
func (t *typeState) claim(versions map[string]string) {
	for name, version := range versions {
		t.held[name] = unsure
		if known, ok := t.memory[name]; ok && known.Version == version {
			t.held[name] = version
		}
	}
	t.acknowledged = t.acknowledged || len(versions) > 0
}

// settle notes what an answer answers.
func (t *typeState) settle(a *answer) {
	for _, resource := range a.resources {
		delete(t.owed, resource.Name)
	}
	for _, name := range a.removed {
		delete(t.owed, name)
	}
	delete(t.owed, all)
}

// take finds the answer that Envoy speaks of.
func (t *typeState) take(nonce string) *answer {
	a := t.pending[nonce]
	delete(t.pending, nonce)
	return a
}

// judge notes what Envoy did with an answer. A rejected answer may have been applied in part, so nobody knows which
// versions of its resources Envoy has; memory keeps the last that was acknowledged, but not what it gave itself.
func (t *typeState) judge(a *answer, accepted bool) {
	t.acknowledged = t.acknowledged || accepted
	for _, resource := range a.resources {
		if !t.names[all] && !t.names[resource.Name] {
			continue // Envoy asked for it no longer, and let it drop
		}
		if accepted {
			t.memory[resource.Name], t.held[resource.Name] = resource, resource.Version
			continue
		}
		t.held[resource.Name] = unsure
		if a.recalled {
			delete(t.memory, resource.Name)
		}
	}
	for _, name := range a.removed {
		if accepted {
			delete(t.held, name)
			delete(t.memory, name)
		} else if _, held := t.held[name]; held {
			t.held[name] = unsure
		}
	}
}

// recallable lists what memory has of what Envoy waits for. While the operator is asked it answers itself, but for
// what a new Envoy lacks: that is at hand.
func (t *typeState) recallable(operator bool) []*discoveryv3.Resource {
	underway := t.underway()
	var found []*discoveryv3.Resource
	for _, name := range slices.Sorted(maps.Keys(t.memory)) {
		if !t.owed[name] && !t.owed[all] || underway[name] {
			continue
		}
		if _, held := t.held[name]; held && (operator || !t.owed[name]) {
			continue
		}
		found = append(found, t.memory[name])
	}
	return found
}

func (t *typeState) wanted() bool { return t.begun && len(t.names) > 0 }

func (t *typeState) awaitsRecalled() bool {
	for _, a := range t.pending {
		if a.recalled {
			return true
		}
	}
	return false
}

// subscription is what the first request of a stream subscribes to. Nothing stands for everything.
func (t *typeState) subscription() []string {
	if len(t.names) == 1 && t.names[all] {
		return nil
	}
	return slices.Sorted(maps.Keys(t.names))
}

// initialVersions are those that need not be sent again. What Envoy waits for or has not judged yet must be.
func (t *typeState) initialVersions() map[string]string {
	versions := maps.Clone(t.held)
	for name := range t.underway() {
		versions[name] = unsure
	}
	for name := range t.owed {
		if _, held := versions[name]; held {
			versions[name] = unsure
		}
	}
	return versions
}

// underway names what Envoy was told of and has not judged yet.
func (t *typeState) underway() map[string]bool {
	names := map[string]bool{}
	for _, a := range t.pending {
		for _, resource := range a.resources {
			names[resource.Name] = true
		}
		for _, name := range a.removed {
			names[name] = true
		}
	}
	return names
}
