package fleet

import (
	"context"
	"crypto/tls"
	"log/slog"
	"slices"
	"sync"

	"github.com/weft-mesh/weft/internal/ack"
	"github.com/weft-mesh/weft/internal/protocol/peerv1"
	"github.com/weft-mesh/weft/internal/pushed"
	"github.com/weft-mesh/weft/internal/rollout"
)

// Gather is the leader's view of all replicas. It is safe for concurrent use.
type Gather struct {
	local  *Local
	config *tls.Config
	log    *slog.Logger
	pulse  pulse

	mu       sync.Mutex
	term     context.Context // nil while this replica does not lead
	group    sync.WaitGroup  // of the term's watches
	listed   bool            // the live replicas are known
	live     []Peer
	watching map[string]*watch // by name
	merged   *merged           // nil when something has changed since
}

// watch is what is known of one replica in this term.
type watch struct {
	peer Peer
	end  context.CancelFunc
	view *peerv1.View
	// current is false before the first view, and while the replica can't be heard.
	current bool
}

// NewGather knows nothing yet. The config proves to peers that this is the operator, and the other way round:
// ca.Live.PeerTLS.
func NewGather(local *Local, config *tls.Config, log *slog.Logger) *Gather {
	return &Gather{local: local, config: config, log: log, watching: map[string]*watch{}}
}

// SetPeers says which replicas are live now; see Live. The own one need not be among them.
func (g *Gather) SetPeers(live []Peer) {
	g.mu.Lock()
	g.live, g.listed = slices.Clone(live), true
	g.adjust()
	g.mu.Unlock()
	g.pulse.fire()
}

// Run gathers while this replica leads. Each term begins with nothing: what an earlier one knew may be out of date.
func (g *Gather) Run(ctx context.Context) {
	g.mu.Lock()
	g.term = ctx
	g.adjust()
	g.mu.Unlock()
	g.pulse.fire()
	<-ctx.Done()
	g.mu.Lock()
	g.term, g.merged = nil, nil
	g.watching = map[string]*watch{}
	g.mu.Unlock()
	g.group.Wait()
}

// adjust begins and ends watches, so that there is one for each live replica. The lock is held.
func (g *Gather) adjust() {
	if g.term == nil || g.term.Err() != nil {
		return
	}
	want := map[string]Peer{g.local.replica: {Name: g.local.replica}}
	for _, p := range g.live {
		if p.Name != g.local.replica {
			want[p.Name] = p
		}
	}
	for name, w := range g.watching {
		if want[name] != w.peer {
			w.end()
			delete(g.watching, name)
			g.merged = nil
		}
	}
	for name, p := range want {
		if _, found := g.watching[name]; !found {
			g.begin(p)
		}
	}
}

func (g *Gather) begin(p Peer) {
	ctx, end := context.WithCancel(g.term)
	w := &watch{peer: p, end: end}
	g.watching[p.Name] = w
	g.group.Go(func() {
		defer end()
		if p.Name == g.local.replica {
			_ = g.local.pulse.each(ctx, func() error { g.take(w, g.local.View()); return nil })
			return
		}
		g.follow(ctx, w)
	})
}

// take keeps a view. A nil view says that the replica can't be heard: what it said stays, but is not the whole.
func (g *Gather) take(w *watch, view *peerv1.View) {
	g.mu.Lock()
	w.current = view != nil
	if view != nil {
		w.view, g.merged = view, nil
	}
	g.mu.Unlock()
	g.pulse.fire()
}

// Changed returns a channel that is closed when the view may have changed.
func (g *Gather) Changed() <-chan struct{} { return g.pulse.wait() }

// View is what proxies have acknowledged. It is complete when all live replicas are known and each of them is heard.
// It must not be changed.
func (g *Gather) View() ack.View {
	g.mu.Lock()
	defer g.mu.Unlock()
	view := ack.View{Complete: g.complete(), Reports: g.all().acks}
	for _, w := range g.watching {
		view.Held = append(view.Held, heldBy(w.view))
	}
	return view
}

// Reports are the counters of all agents, sorted by pod. They must not be changed.
func (g *Gather) Reports() []rollout.Report {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.all().reports
}

// Pushed is what pods have pushed to the replicas. It is false when it is not the whole.
func (g *Gather) Pushed() (all []*peerv1.Series, complete bool) {
	g.mu.Lock()
	var views []*peerv1.View
	for _, w := range g.watching {
		views = append(views, w.view)
	}
	complete = g.complete()
	g.mu.Unlock()
	return pushed.Merge(views), complete
}

// ServedByAll says that every live replica's webhook serves the certificate with this fingerprint.
func (g *Gather) ServedByAll(fingerprint string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.complete() {
		return false
	}
	for _, w := range g.watching {
		if w.view.WebhookFingerprint != fingerprint {
			return false
		}
	}
	return true
}

// Silent names the live replicas that are not heard, sorted.
func (g *Gather) Silent() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	var names []string
	for name, w := range g.watching {
		if !w.current {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (g *Gather) complete() bool {
	if g.term == nil || g.term.Err() != nil || !g.listed {
		return false
	}
	for _, w := range g.watching {
		if !w.current {
			return false
		}
	}
	return true
}

// all merges anew when something has changed.
func (g *Gather) all() *merged {
	if g.merged == nil {
		var views []*peerv1.View
		for _, w := range g.watching {
			if w.view != nil {
				views = append(views, w.view)
			}
		}
		m := merge(views)
		g.merged = &m
	}
	return g.merged
}
