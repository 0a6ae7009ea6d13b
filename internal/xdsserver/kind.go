package xdsserver

import (
	"maps"
	"slices"

	"github.com/weft-mesh/weft/internal/translate/xds"
)

// What a client may hold of a resource, beside a version.
const (
	absent = ""   // it was told that there is none
	unsure = "?"  // it holds it, in a version that is not known
	maybe  = "??" // followed by a version: it holds that or nothing
)

// wildcard is the name that stands for all resources of a type.
const wildcard = "*"

// kind is what one client wants, has and awaits of one type of resource.
type kind struct {
	url    string
	whole  bool // many resources go in one response: the client applies the good ones and names the bad
	keep   bool // what is gone is not removed: the client drops what it needs no longer by itself
	lookup func(name string) *xds.Resource

	asked    bool
	all      bool            // subscribed to all
	greet    bool            // a client that holds nothing waits for a first answer, be it empty
	names    map[string]bool // subscribed to by name
	has      map[string]string
	rejected map[string]refusal
	verdicts int    // counts changes of rejected
	last     string // the name picked last, where there is one to a response
	burst    int    // names sent since the work was last made anew

	work
}

// work is what remains to be said, and what was said without an answer yet. A name is in none of changes, removals and
// missing while a response with it is under way: its answer decides anew.
type work struct {
	owed  map[string]bool      // must be sent, whatever the client has
	alone map[string]bool      // to be sent one by one, to find out which one is refused
	sent  map[string]*response // await their answers, by nonce
	busy  map[string]bool      // the names in sent

	changes  map[string]bool // to be added or replaced
	removals map[string]bool // the client has them and should not
	missing  map[string]bool // asked for, and there is none
}

// refusal is a version that the client does not accept, and what it said.
type refusal struct{ version, reason string }

// response is what was sent and is not answered yet.
type response struct {
	versions map[string]string // by name; absent is a removal
	owed     bool
}

func newKind(url string, whole bool, lookup func(string) *xds.Resource) *kind {
	return &kind{
		url: url, whole: whole, lookup: lookup,
		names: map[string]bool{}, has: map[string]string{}, rejected: map[string]refusal{},
		work: newWork(),
	}
}

func newWork() work {
	return work{
		owed: map[string]bool{}, alone: map[string]bool{}, sent: map[string]*response{}, busy: map[string]bool{},
		changes: map[string]bool{}, removals: map[string]bool{}, missing: map[string]bool{},
	}
}

// rest gives back the memory of a burst: a map keeps the size that it once had.
func (k *kind) rest() {
	if k.burst > window && k.current() && len(k.owed)+len(k.alone)+len(k.busy) == 0 {
		k.work, k.burst = newWork(), 0
	}
}

// wants says whether the client is subscribed to the name.
func (k *kind) wants(name string) bool { return k.all || k.names[name] }

// holds says whether the client has, or may have, some version of the resource.
func (k *kind) holds(name string) bool {
	version, known := k.has[name]
	return known && version != absent
}

// refuses says whether the client has refused this version.
func (k *kind) refuses(r *xds.Resource) bool {
	refused, is := k.rejected[r.Name]
	return is && refused.version == r.Version
}

// touch decides anew what there is to say about a name.
func (k *kind) touch(name string) {
	delete(k.changes, name)
	delete(k.removals, name)
	delete(k.missing, name)
	if !k.wants(name) {
		return
	}
	resource := k.lookup(name)
	if resource == nil {
		k.pardon(name)
	}
	if k.busy[name] {
		return
	}
	version, known := k.has[name]
	switch {
	case resource != nil:
		if k.owed[name] || (!known || version != resource.Version) && !k.refuses(resource) {
			k.changes[name] = true
		}
	case k.owed[name] || k.names[name] && !known:
		k.missing[name] = true
	case k.holds(name) && !k.keep:
		k.removals[name] = true
	}
}

// touchKnown decides anew about every name that the client has, wants or was to be told of.
func (k *kind) touchKnown() {
	for _, names := range []map[string]bool{k.names, k.changes, k.removals, k.missing} {
		for name := range maps.Clone(names) {
			k.touch(name)
		}
	}
	for name := range k.has {
		k.touch(name)
	}
}

// settled says that no change is open or under way.
func (k *kind) settled() bool {
	return len(k.changes) == 0 && len(k.missing) == 0 && !k.greet && len(k.sent) == 0
}

// current says that the client has exactly what it wants.
func (k *kind) current() bool { return k.settled() && len(k.removals) == 0 }

// warm says that every name that had to be answered was answered.
func (k *kind) warm() bool {
	if len(k.owed) > 0 {
		return false
	}
	for _, r := range k.sent {
		if r.owed {
			return false
		}
	}
	return true
}

// pardon forgets that a resource was refused.
func (k *kind) pardon(name string) {
	if _, is := k.rejected[name]; is {
		delete(k.rejected, name)
		k.verdicts++
	}
}

// stuck says that the client still uses an old version of something because it refused the new one.
func (k *kind) stuck() bool {
	for name := range k.rejected {
		if resource := k.lookup(name); resource != nil && k.refuses(resource) && k.holds(name) {
			return true
		}
	}
	return false
}

// forget drops all that is known of a name that the client has let go.
func (k *kind) forget(name string) {
	delete(k.has, name)
	k.pardon(name)
	delete(k.owed, name)
	delete(k.alone, name)
	k.touch(name)
}

func sorted(names map[string]bool) []string { return slices.Sorted(maps.Keys(names)) }
