package xdsserver

import (
	"maps"
	"slices"
	"strings"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

// maxFirst bounds how many Services outside of its scope a client gets because it asks for them. Further names wait until
// the scope has grown.
const maxFirst = 1000

// maxAsked bounds how many names of first calls a client may make the server remember. Further ones are left alone.
const maxAsked = 10_000

// first is what a client has asked for by the names of first calls, first/ADDRESS. Such a name is answered when the client
// holds all that the call takes. It is never answered with a removal, and what was given is not taken away.
type first struct {
	asked    []string                 // in the order in which they came
	answers  map[string]*xds.Resource // of those in asked; nil: it waits
	takes    map[model.Key][]string   // the names that wait for something of a Service
	look     []string                 // the names to look at again
	kept     []model.Key              // Services that the client has and its set has not
	most     int                      // Services out of its scope that it gets because it asks
	all      bool                     // it gets every Service
	news     int                      // names that were asked for and not counted yet
	revision int                      // counts changes of asked
	seen     int                      // the revision that the target follows
}

func isFirst(name string) bool { return strings.HasPrefix(name, xds.FirstPrefix) }

// hear takes from a request for clusters what the client asks for, or has asked for on an earlier stream.
func (f *first) hear(r *discovery.DeltaDiscoveryRequest, begins bool) {
	for _, name := range r.GetResourceNamesUnsubscribe() {
		if _, is := f.answers[name]; is {
			f.forget(name)
		}
	}
	if begins {
		for _, name := range slices.Sorted(maps.Keys(r.GetInitialResourceVersions())) {
			if isFirst(name) {
				f.ask(name)
			}
		}
	}
	for _, name := range r.GetResourceNamesSubscribe() {
		if isFirst(name) && f.ask(name) {
			f.news++
		}
	}
}

// ask is false for a name that was asked for before.
func (f *first) ask(name string) bool {
	if _, is := f.answers[name]; is || len(f.asked) == maxAsked {
		return false
	}
	if f.answers == nil {
		f.answers = map[string]*xds.Resource{}
	}
	f.asked, f.answers[name] = append(f.asked, name), nil
	f.revision++
	return true
}

// takeNews says how many names were asked for since it was called last.
func (f *first) takeNews() int {
	n := f.news
	f.news = 0
	return n
}

func (f *first) forget(name string) {
	delete(f.answers, name)
	f.asked = slices.DeleteFunc(f.asked, func(other string) bool { return other == name })
	f.revision++
}

// extended is what the client should get beyond the set of a target, which still has what it got beyond the last one. It
// loses no Service that it has, unless the Service is gone.
func (st *stream) extended(next target) *beyond {
	old, d := st.target, next.directory
	if next.set == nil || d == nil || next.set == old.set && d == old.directory && st.first.seen == st.first.revision {
		return next.beyond
	}
	st.first.seen = st.first.revision
	parts := map[model.Key]*xds.Part{}
	add := func(key model.Key) {
		if part := d.Service(key); part != nil && !knows(next.set, part) {
			parts[key] = part
		}
	}
	for _, key := range next.beyond.services() {
		add(key)
	}
	for _, key := range st.first.kept {
		add(key)
	}
	st.first.kept = nil
	if st.first.all {
		for key := range d.Services() {
			add(key)
		}
	}
	for _, key := range st.first.wanted(next) {
		add(key)
	}
	for _, key := range slices.SortedFunc(maps.Keys(parts), model.Key.Compare) {
		for _, to := range d.LeadsTo(key) {
			add(to)
		}
	}
	switch {
	case len(parts) == 0:
		return nil
	case next.beyond != nil && maps.Equal(parts, next.beyond.parts):
		return next.beyond
	}
	return newBeyond(parts)
}

// keepServices lets the client keep the Services that are about to be removed although they exist: its scope has become
// narrower, it brought them along, or they were gone and are back.
func (st *stream) keepServices() {
	for _, name := range st.clusters.names(removal) {
		id := xds.ID{TypeURL: xds.ClusterType, Name: name}
		key, is := st.target.directory.ServiceOf(id)
		if part := st.target.directory.Service(key); is && part != nil && part.Resources[id] != nil {
			st.first.kept = append(st.first.kept, key)
			st.first.revision++
		}
	}
	st.turn(st.target)
}

// wanted are the Services that were asked for and are not in the set of a target, up to a number.
func (f *first) wanted(next target) (out []model.Key) {
	for _, name := range f.asked {
		key, is := next.directory.Asked(name)
		if part := next.directory.Service(key); is && part != nil && !knows(next.set, part) {
			if out = append(out, key); len(out) == f.most {
				break
			}
		}
	}
	return out
}

// awaitFirst looks at all names again that wait, because the target has changed. What has not been sent yet waits again.
func (st *stream) awaitFirst() {
	f := &st.first
	f.takes, f.look = nil, nil
	for _, name := range f.asked {
		if f.answers[name] != nil && !st.clusters.busy[name] && !st.clusters.holds(name) {
			st.setAnswer(name, nil)
		}
		if f.answers[name] != nil {
			continue
		}
		f.look = append(f.look, name)
		if key, is := st.target.directory.Asked(name); is {
			if f.takes == nil {
				f.takes = map[model.Key][]string{}
			}
			for _, key := range append([]model.Key{key}, st.target.directory.LeadsTo(key)...) {
				f.takes[key] = append(f.takes[key], name)
			}
		}
	}
	st.answerFirst()
}

// acknowledged notes that the client has a resource now.
func (f *first) acknowledged(d *xds.Directory, id xds.ID) {
	if len(f.takes) == 0 {
		return
	}
	if key, is := d.ServiceOf(id); is {
		f.look = append(f.look, f.takes[key]...)
	}
}

// answerFirst gives the clusters of first calls for which the client holds all.
func (st *stream) answerFirst() {
	f := &st.first
	if len(f.look) == 0 || st.target.set == nil || st.target.directory == nil {
		return
	}
	for _, name := range f.look {
		if waits, asked := f.answers[name]; !asked || waits != nil {
			continue
		}
		if answer, wait := st.target.directory.Answer(name, st.holds); !wait {
			st.setAnswer(name, answer)
		}
	}
	f.look = nil
	st.settle()
}

func (st *stream) setAnswer(name string, answer *xds.Resource) {
	st.clusters.pin(name)
	st.first.answers[name] = answer
	st.clusters.release(name)
}

// holds says that the client should have a resource, and has acknowledged it as it is.
func (st *stream) holds(id xds.ID) bool { return st.target.resource(id) != nil && !st.lacks[id] }

// calls are the Services that the client has asked for, sorted.
func (st *stream) calls() []model.Key {
	var out []model.Key
	for _, name := range st.first.asked {
		if key, is := st.target.directory.Asked(name); is {
			out = append(out, key)
		}
	}
	slices.SortFunc(out, model.Key.Compare)
	return slices.Compact(out)
}
