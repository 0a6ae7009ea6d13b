// Package xdsserver gives each proxy what was made for its workload, over ADS, and hears what it applied. Its streams are
// delta; package sotw joins clients to them that want the state of the world.
//
// In: a World, one immutable set per workload and the endpoints of all clusters, published as a whole. Out: responses on
// the streams of the proxies, and a report per connected proxy. Each stream is a machine without I/O (stream.go), which
// decides what may be sent when; serve.go runs it. A slow proxy holds up nobody: it has one response under way per
// resource at most, and meets the newest world when it has answered.
package xdsserver

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"golang.org/x/time/rate"

	"github.com/weft-mesh/weft/internal/ack"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

// World is what all proxies should have. It must not change once it is published.
type World struct {
	// Sets holds clusters, listeners, routes and filters by workload.
	Sets map[model.Key]*xds.Set
	// Endpoints holds a ClusterLoadAssignment by the name of its cluster.
	Endpoints map[string]*xds.Resource
	// Directory has the Services that a proxy can get beyond its set; nil: none.
	Directory *xds.Directory
	// Seen is when the first of the events came that made this world; zero is now.
	Seen time.Time
}

// Proxy is who is at the other end of a stream, as its certificate and the cluster say.
type Proxy struct {
	Pod      model.Key
	UID      string // of the pod
	Workload model.Key
	Place    model.Place
	NotAfter time.Time // end of the certificate and of the stream; zero is never
}

// ProxyReport is what one connected proxy has applied.
type ProxyReport struct {
	Proxy     Proxy
	Report    ack.Report
	Connected time.Time
}

// Server holds the world and the connected proxies.
type Server struct {
	log      logr.Logger
	metrics  *metrics
	openings *rate.Limiter

	mu        sync.Mutex
	published bool
	sets      map[model.Key]*xds.Set
	endpoints *endpoints
	directory *xds.Directory
	conns     map[*conn]bool
	serial    uint64
	observers []func()
}

// New returns a server that sends nothing before the first Publish.
func New(log logr.Logger) *Server {
	return &Server{log: log, metrics: newMetrics(), openings: newOpenings(), conns: map[*conn]bool{}}
}

// Publish replaces the world. It never waits for a proxy. A workload without a set keeps what it has.
func (s *Server) Publish(w World) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.published = true
	s.sets, s.directory = w.Sets, w.Directory
	s.replaceEndpoints(w.Endpoints)
	s.wake(w.Seen)
}

// UpdateEndpoints replaces the endpoints of some clusters, because of events of which the first was seen at a time, and
// leaves the others and the sets.
func (s *Server) UpdateEndpoints(some map[string]*xds.Resource, seen time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := s.endpoints.with(some)
	if next == s.endpoints {
		return
	}
	s.endpoints = next
	if s.published {
		s.wake(seen)
	}
}

// replaceEndpoints keeps the old ones if they are equal: what is equal costs no stream anything. The caller holds the lock.
func (s *Server) replaceEndpoints(resources map[string]*xds.Resource) {
	next := &endpoints{resources: resources, serial: 1}
	if s.endpoints != nil {
		next.serial += s.endpoints.serial
	}
	if len(next.since(s.endpoints)) > 0 || s.endpoints == nil {
		s.endpoints = next
	}
}

// Published says whether there is a world yet.
func (s *Server) Published() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.published
}

// OnChange adds a function to call when reports may have changed. It is called without locks, often, and from the
// goroutines of streams: it must be quick and merge bursts.
func (s *Server) OnChange(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.observers = append(s.observers, f)
}

// Reports returns what the connected proxies have applied, sorted by UID. Of two streams of one pod the newer counts.
// From the return of Publish on, no proxy is up to date that has not acknowledged the new set.
func (s *Server) Reports() []ProxyReport {
	s.mu.Lock()
	newest := map[string]*conn{}
	for c := range s.conns {
		if other := newest[c.proxy.UID]; other == nil || other.serial < c.serial {
			newest[c.proxy.UID] = c
		}
	}
	out := make([]ProxyReport, 0, len(newest))
	for _, c := range newest {
		report := c.report
		if set := s.sets[c.proxy.Workload]; set != nil && set.Version != c.version {
			report.UpToDate = false // with an older set
		}
		out = append(out, ProxyReport{Proxy: c.proxy, Report: report, Connected: c.connected})
	}
	s.mu.Unlock()
	slices.SortFunc(out, func(a, b ProxyReport) int { return strings.Compare(a.Proxy.UID, b.Proxy.UID) })
	return out
}

// wake tells every stream that the world is new to it, by events that were seen at a time; zero is now. The caller holds
// the lock.
func (s *Server) wake(seen time.Time) {
	if seen.IsZero() {
		seen = time.Now()
	}
	for c := range s.conns {
		if c.looked && c.seen == s.targetOf(c) {
			continue
		}
		c.tell(seen)
		select {
		case c.wake <- struct{}{}:
		default:
		}
	}
}

// target returns what a proxy should have now.
func (s *Server) target(c *conn) (target, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.look()
	c.seen, c.looked = s.targetOf(c), s.published
	return c.seen, s.published
}

func (s *Server) targetOf(c *conn) target {
	return target{set: s.sets[c.proxy.Workload], endpoints: s.endpoints, directory: s.directory}
}
