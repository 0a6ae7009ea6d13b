package xdsserver

import (
	"iter"

	"github.com/weft-mesh/weft/internal/translate/xds"
)

// wildcard is the name that stands for all resources of a type.
const wildcard = "*"

// kind is what one client wants, has and awaits of one type of resource.
type kind struct {
	url    string
	whole  bool                   // many resources go in one response: the client applies the good ones and names the bad
	open   bool                   // a client may subscribe to all
	keep   bool                   // what is gone is not removed: the client drops what it needs no longer by itself
	mute   func(name string) bool // whether it is not answered that what was asked for does not exist; nil is never
	full   bool                   // a response stands for all that was asked for: what does not exist goes with the rest
	waits  func(name string) bool // the answer to such a name may come later, and is no removal; nil: to none
	lookup func(name string) *xds.Resource

	asked    bool
	claims   bool // the client has brought something along from an earlier connection
	wild     bool // subscribed to all
	greet    bool // a client that holds nothing waits for a first answer, be it empty
	rejected map[string]refusal
	verdicts int // counts changes of rejected
	burst    int // names sent since the memory of the last burst was given back

	entries
	todo
	owes  map[string]bool      // must be sent, whatever the client has
	alone map[string]bool      // to be sent one by one, to find out which one is refused
	sent  map[string]*response // await their answers, by nonce
	busy  map[string]bool      // the names in sent: nothing is to be said about them before the answer
}

// refusal is a version that the client does not accept, and what it said.
type refusal struct{ version, reason string }

// response is what was sent and is not answered yet.
type response struct {
	resources map[string]*xds.Resource // nil is a removal
	owed      bool
}

// newKind takes how to look up a resource, and the names of all that there may be.
func newKind(url string, whole bool, all func() iter.Seq[string], lookup func(string) *xds.Resource) *kind {
	k := &kind{url: url, whole: whole, lookup: lookup, rejected: map[string]refusal{}}
	k.entries = entries{all: all, at: func(name string) entry {
		r := lookup(name)
		if r == nil || !k.asked {
			return entry{}
		}
		return entry{named: !k.wild, known: true, version: r.Version, held: r}
	}}
	k.idle()
	return k
}

func (k *kind) idle() {
	k.owes, k.alone, k.sent, k.busy = map[string]bool{}, map[string]bool{}, map[string]*response{}, map[string]bool{}
}

// rest gives back the memory of a burst: a map keeps the size that it once had.
func (k *kind) rest() {
	if k.burst > window && len(k.tasks)+len(k.owes)+len(k.alone)+len(k.busy) == 0 {
		k.todo, k.burst = todo{}, 0
		k.idle()
	}
}

// wants says whether the client is subscribed to the name.
func (k *kind) wants(name string) bool { return k.wild || k.of(name).named }

// holds says whether the client has, or may have, some version of the resource.
func (k *kind) holds(name string) bool { return k.of(name).holds() }

// underWay is what was sent of a name and is not answered yet; nil: a removal, or nothing.
func (k *kind) underWay(name string) *xds.Resource {
	if k.busy[name] {
		for _, sent := range k.sent {
			if r := sent.resources[name]; r != nil {
				return r
			}
		}
	}
	return nil
}

// refuses says whether the client has refused this version.
func (k *kind) refuses(r *xds.Resource) bool {
	refused, is := k.rejected[r.Name]
	return is && refused.version == r.Version
}

// look decides anew what there is to say about a name.
func (k *kind) look(name string) {
	resource := k.lookup(name)
	if resource == nil {
		k.pardon(name)
	}
	if resource == nil && k.mutes(name) {
		delete(k.owes, name)
	}
	k.todo.set(name, k.decide(name, resource))
}

func (k *kind) decide(name string, resource *xds.Resource) task {
	e := k.of(name)
	switch {
	case !k.wild && !e.named || k.busy[name]:
		return nothing
	case resource != nil && k.owes[name]:
		return owed
	case resource != nil && (!e.known || e.version != resource.Version) && !k.refuses(resource):
		return change
	case resource != nil:
		return nothing
	case k.waits != nil && k.waits(name):
		return nothing
	case !k.mutes(name) && (k.owes[name] || e.named && !e.known):
		return missing
	case e.holds() && !k.keep:
		return removal
	}
	return nothing
}

func (k *kind) mutes(name string) bool { return k.mute != nil && k.mute(name) }

// owe makes the server send a resource whatever the client has.
func (k *kind) owe(name string) {
	k.owes[name] = true
	k.move(name)
}

// settled says that no change is open or under way.
func (k *kind) settled() bool {
	return k.changes()+k.count[missing] == 0 && !k.greet && len(k.sent) == 0
}

// current says that the client has exactly what it wants.
func (k *kind) current() bool { return k.settled() && k.count[removal] == 0 }

// warm says that every name that had to be answered was answered.
func (k *kind) warm() bool {
	if len(k.owes) > 0 {
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

// drop forgets all that is known of a name that the client has let go.
func (k *kind) drop(name string) {
	k.pardon(name)
	delete(k.owes, name)
	delete(k.alone, name)
	k.put(name, entry{})
}
