package xdsserver

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

// scene is a server that has resources of the type in question, and a client that is asked about it.
type scene struct {
	t *testing.T
	*site
	voice
	url   string
	whole bool // the client gets all clusters and listeners each time

	exist map[string]int // of the type: name -> variant
	names map[string]bool
}

// What every world has, for what a client needs to be served at all: a cluster to ask about, and a listener.
const (
	probe  = "probe"
	front  = "front"
	filter = "filter"
)

func newScene(t *testing.T, url string, connect func(*testing.T, *site, string) voice, names ...string) *scene {
	s := &scene{t: t, site: newSite(t), url: url, exist: map[string]int{}, names: map[string]bool{}}
	for _, name := range names {
		s.exist[name] = 1
	}
	s.show()
	s.join(connect)
	return s
}

// join connects. Listeners wait for the clusters of a client that wants all listeners, and nothing is removed for a
// client that has not asked for listeners: so it has both.
func (s *scene) join(connect func(*testing.T, *site, string) voice) {
	s.t.Helper()
	s.voice, s.names = connect(s.t, s.site, "a"), map[string]bool{}
	_, s.whole = s.voice.(*wholeVoice)
	other, name := xds.ListenerType, front
	if s.url == xds.ListenerType {
		other, name = xds.ClusterType, probe
	}
	s.ask(other, []string{name}, nil)
	s.answer(s.hear(), "")
}

// show publishes what exists.
func (s *scene) show() {
	p := plan{clusters: map[string]int{probe: 1}, routes: map[string][]string{}, listeners: map[string][]string{front: {"0"}}, filters: map[string]int{filter: 1}}
	endpoints := endpointsFor(0, probe)
	for name, variant := range s.exist {
		switch s.url {
		case xds.ClusterType:
			p.clusters[name] = 2*variant + 1
			endpoints[name] = endpointsOf(name, 0)
		case xds.EndpointType:
			p.clusters[name] = 1
			endpoints[name] = endpointsOf(name, 2*variant)
		case xds.ListenerType:
			p.listeners[name] = []string{fmt.Sprint(variant)}
		case xds.RouteType:
			p.routes[name] = slices.Repeat([]string{probe}, variant)
		}
	}
	s.Publish(World{Sets: map[model.Key]*xds.Set{cart: p.set()}, Endpoints: endpoints})
}

// body is what a resource of the type should be now.
func (s *scene) body(name string) string {
	switch s.url {
	case xds.ClusterType:
		if name == probe {
			return string(clusterOf(name, 1, false).Body.GetValue())
		}
		return string(clusterOf(name, 2*s.exist[name]+1, false).Body.GetValue())
	case xds.EndpointType:
		return string(endpointsOf(name, 2*s.exist[name]).Body.GetValue())
	case xds.ListenerType:
		return string(listenerOf(name, []string{fmt.Sprint(s.exist[name])}, false).Body.GetValue())
	}
	return string(routeOf(name, slices.Repeat([]string{probe}, s.exist[name]), false).Body.GetValue())
}

// change makes new versions, and resources that did not exist.
func (s *scene) change(names ...string) {
	for _, name := range names {
		s.exist[name]++
	}
	s.show()
}

func (s *scene) remove(names ...string) {
	for _, name := range names {
		delete(s.exist, name)
	}
	s.show()
}

func (s *scene) subscribe(names ...string) {
	s.t.Helper()
	for _, name := range names {
		s.names[name] = true
	}
	if len(s.names) == 0 {
		s.names[wildcard] = true // as the first request
	}
	s.ask(s.url, names, nil)
}

// unsubscribe returns when the server knows.
func (s *scene) unsubscribe(names ...string) {
	s.t.Helper()
	for _, name := range names {
		delete(s.names, name)
	}
	s.ask(s.url, nil, names)
	s.silent()
}

// all are the names of the type that the client should have, sorted.
func (s *scene) all() []string {
	exist := maps.Clone(s.exist)
	switch s.url {
	case xds.ClusterType:
		exist[probe] = 1
	case xds.ListenerType:
		exist[front] = 0
	}
	maps.DeleteFunc(exist, func(name string, _ int) bool { return !s.names[name] && !s.names[wildcard] })
	return sortedKeys(exist)
}

// hears wants the client to get the news of some names: those that exist in their newest version, of the others that
// they are gone. A client of the state of the world gets all clusters or listeners in one response; that something else
// is gone it is not told. It acknowledges.
func (s *scene) hears(names ...string) {
	s.t.Helper()
	news, gone := map[string]string{}, []string{}
	for _, name := range names {
		if s.exist[name] > 0 || slices.Contains(s.all(), name) {
			news[name] = s.body(name)
		} else {
			gone = append(gone, name)
		}
	}
	together := s.url == xds.ClusterType || s.url == xds.ListenerType
	switch {
	case s.whole && together:
		for _, name := range s.all() {
			news[name] = s.body(name)
		}
		gone = []string{}
	case s.whole:
		if gone = []string{}; len(news) == 0 {
			s.silent()
			return
		}
	}
	got, lost := map[string]string{}, []string{}
	for first := true; first || !s.whole && len(got)+len(lost) < len(news)+len(gone); first = false {
		h := s.hear()
		if h.url != s.url {
			s.t.Fatalf("got %+v, want something about %s", h, s.url)
		}
		maps.Copy(got, h.got)
		lost = append(lost, h.gone...)
		s.answer(h, "")
	}
	if diff := cmp.Diff(news, got); diff != "" {
		s.t.Fatalf("(-want +got):\n%s", diff)
	}
	slices.Sort(lost)
	if diff := cmp.Diff(gone, lost); diff != "" {
		s.t.Fatalf("gone (-want +got):\n%s", diff)
	}
}

// silent wants that nothing else was to be said. What is asked is answered after all that was due before it. The change of
// the world may be noticed with the first question only, so there are two.
func (s *scene) silent() {
	s.t.Helper()
	for range 2 {
		s.ask(xds.EndpointType, []string{probe}, nil)
		h := s.hear()
		if h.url != xds.EndpointType || len(h.got) != 1 || h.got[probe] == "" {
			s.t.Fatalf("got %+v, want nothing but the answer to a question", h)
		}
		s.answer(h, "")
		s.ask(xds.EndpointType, nil, []string{probe})
	}
}
