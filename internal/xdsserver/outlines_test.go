package xdsserver

import (
	"testing"

	"github.com/weft-mesh/weft/internal/translate/xds"
)

var (
	clustersAndListeners = []string{xds.ClusterType, xds.ListenerType}
	routesAndEndpoints   = []string{xds.RouteType, xds.EndpointType}
	fourTypes            = []string{xds.ClusterType, xds.ListenerType, xds.RouteType, xds.EndpointType}
)

// outline is what a conformant server does about a type of resource, whatever the variant. The world has a, b, c and d.
type outline struct {
	name  string
	types []string
	plot  func(*scene)
}

// The situations are those of the xDS conformance harness of CNCF's ii, told anew.
var outlines = []outline{
	{"a client that names nothing gets all", clustersAndListeners, func(s *scene) {
		s.subscribe()
		s.hears(s.all()...)
		s.silent()
	}},
	{"a client that wants all hears of a change", clustersAndListeners, func(s *scene) {
		s.subscribe()
		s.hears(s.all()...)
		s.change("a")
		s.hears("a")
		s.silent()
	}},
	{"a client that wants all hears of what is new", clustersAndListeners, func(s *scene) {
		s.subscribe()
		s.hears(s.all()...)
		s.change("new")
		s.hears("new")
		s.silent()
	}},
	{"a client that names some gets those only", fourTypes, func(s *scene) {
		s.subscribe("b", "d")
		s.hears("b", "d")
		s.silent()
	}},
	{"a cluster or listener that was named has changed", clustersAndListeners, func(s *scene) {
		s.subscribe("b", "d")
		s.hears("b", "d")
		s.change("b", "c")
		s.hears("b")
		s.silent()
	}},
	{"a route or endpoints that were named have changed", routesAndEndpoints, func(s *scene) {
		s.subscribe("b", "d")
		s.hears("b", "d")
		s.change("b", "c")
		s.hears("b")
		s.silent()
	}},
	{"a cluster or listener comes when it exists", clustersAndListeners, func(s *scene) {
		s.subscribe("a", "later")
		s.hears("a", "later")
		s.change("later")
		s.hears("later")
		s.silent()
	}},
	{"a route or endpoints come when they exist", routesAndEndpoints, func(s *scene) {
		s.subscribe("a", "later")
		s.hears("a", "later")
		s.change("later")
		s.hears("later")
		s.silent()
	}},
	{"two types share a stream", fourTypes, func(s *scene) {
		s.subscribe("b")
		s.hears("b")
		s.ask(xds.FilterType, []string{filter}, nil)
		s.answer(s.hear(), "")
		s.change("b")
		s.hears("b")
		s.silent()
	}},

	{"no news of a cluster or listener that was let go", clustersAndListeners, func(s *scene) {
		s.subscribe("a", "b", "c")
		s.hears("a", "b", "c")
		s.unsubscribe("b")
		s.change("b")
		s.silent()
		s.change("a")
		s.hears("a")
		s.silent()
	}},
	{"no news of a route or endpoints that were let go", routesAndEndpoints, func(s *scene) {
		s.subscribe("b", "d")
		s.hears("b", "d")
		s.unsubscribe("d")
		s.change("b", "d")
		s.hears("b")
		s.silent()
	}},
	{"a client that let go of every name does not get all", fourTypes, func(s *scene) {
		s.subscribe("a", "b")
		s.hears("a", "b")
		s.unsubscribe("a", "b")
		s.change("a", "b")
		s.silent()
	}},
	{"what is let go of one type stays of another", fourTypes, func(s *scene) {
		s.subscribe("a")
		s.hears("a")
		s.ask(xds.FilterType, []string{filter}, nil)
		s.answer(s.hear(), "")
		s.ask(xds.FilterType, nil, []string{filter})
		s.change("a")
		s.hears("a")
		s.silent()
	}},

	{"names are added one after the other", fourTypes, func(s *scene) {
		s.subscribe("a")
		s.hears("a")
		s.subscribe("b")
		s.hears("b")
		s.silent()
	}},
	{"of all that were named only the changed one is new", fourTypes, func(s *scene) {
		s.subscribe("a", "b", "c")
		s.hears("a", "b", "c")
		s.change("a")
		s.hears("a")
		s.silent()
	}},
	{"what does not exist is told, and its coming too", fourTypes, func(s *scene) {
		s.subscribe("later")
		s.hears("later")
		s.change("later")
		s.hears("later")
		s.silent()
	}},
	{"a removal is told, and the return too", fourTypes, func(s *scene) {
		s.subscribe("a", "b")
		s.hears("a", "b")
		s.remove("b")
		s.hears("b")
		s.change("b", "b")
		s.hears("b")
		s.silent()
	}},
	{"names are let go one after the other", fourTypes, func(s *scene) {
		s.subscribe("a", "b")
		s.hears("a", "b")
		s.unsubscribe("b")
		s.change("b")
		s.silent()
		s.unsubscribe("a")
		s.change("a")
		s.silent()
	}},
}

// A raw client of either variant is served as the protocol says, over a real gRPC connection.
func TestOutlines(t *testing.T) {
	for _, o := range outlines {
		t.Run(o.name, func(t *testing.T) {
			for _, url := range o.types {
				t.Run(short(url), func(t *testing.T) {
					eachVariant(t, func(t *testing.T, connect func(*testing.T, *site, string) voice) {
						o.plot(newScene(t, url, connect, "a", "b", "c", "d"))
					})
				})
			}
		})
	}
}
