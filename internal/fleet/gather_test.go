package fleet_test

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-mesh/weft/internal/ack"
	"github.com/weft-mesh/weft/internal/agentserver"
	"github.com/weft-mesh/weft/internal/ca"
	"github.com/weft-mesh/weft/internal/fleet"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/protocol/agentv1"
	"github.com/weft-mesh/weft/internal/rollout"
)

const operator = "/ns/weft-system/sa/weft-operator"

// replica is one operator with proxies that say whatever a test wants.
type replica struct {
	fleet.Peer
	local *fleet.Local
	stop  context.CancelFunc

	mu     sync.Mutex
	acks   map[string]ack.Report
	agents []agentserver.View
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newAuthority(t testing.TB) *ca.Authority {
	t.Helper()
	data, _, err := ca.Next(nil, "mesh.example", time.Hour, time.Now())
	must(t, err)
	a, err := ca.Load(data)
	must(t, err)
	return a
}

func identity(a *ca.Authority, path string) *tls.Config {
	live := ca.NewLive(path, nil, time.Now)
	live.Set(a)
	return live.PeerTLS()
}

// newReplica serves peers on loopback.
func newReplica(t testing.TB, name string, config *tls.Config) *replica {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	r := &replica{Peer: fleet.Peer{Name: name, Address: listener.Addr().String()}, acks: map[string]ack.Report{}}
	r.local = fleet.NewLocal(name, r.reports, r.views)
	served := make(chan error, 1)
	go func() { served <- r.local.Serve(ctx, listener, config) }()
	var once sync.Once
	r.stop = func() { once.Do(func() { cancel(); must(t, <-served) }) }
	t.Cleanup(r.stop)
	return r
}

func (r *replica) reports() map[string]ack.Report {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := map[string]ack.Report{}
	for uid, report := range r.acks {
		out[uid] = report
	}
	return out
}

func (r *replica) views() []agentserver.View {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]agentserver.View{}, r.agents...)
}

// connect says that a pod has connected and applied an object.
func (r *replica) connect(uid, boot, version string, at int64, requests uint64) {
	r.mu.Lock()
	r.acks[uid] = ack.Report{
		Latest: []map[string]string{{"object": version}}, UpToDate: true,
		Rejected: map[string]ack.Refusal{"bad": {Version: "1", Reason: "no such filter"}},
	}
	r.agents = append(r.agents, agentserver.View{
		Pod: model.Key{Namespace: "shop", Name: uid}, UID: uid, BootID: boot, Connected: time.Unix(0, at), Dropped: 2,
		Outcomes: []*agentv1.OutcomeCounter{{Route: "judged/shop/c", Cluster: "x", Host: "1.2.3.4:80", Outcome: "ok", Requests: requests, BadSeconds: 1}},
	})
	r.mu.Unlock()
	r.local.Changed()
}

// lead lets a replica lead until the test or the returned function ends it.
func lead(t testing.TB, r *replica, config *tls.Config) (*fleet.Gather, context.CancelFunc) {
	t.Helper()
	g := fleet.NewGather(r.local, config, slog.New(slog.DiscardHandler))
	return g, begin(t, g)
}

func begin(t testing.TB, g *fleet.Gather) context.CancelFunc {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { g.Run(ctx); close(done) }()
	end := func() { cancel(); <-done }
	t.Cleanup(end)
	return end
}

// eventually waits for changes until the condition holds.
func eventually(t testing.TB, g *fleet.Gather, what string, holds func() bool) {
	t.Helper()
	limit := time.After(30 * time.Second)
	for {
		changed := g.Changed()
		if holds() {
			return
		}
		select {
		case <-changed:
		case <-limit:
			t.Fatalf("never: %s; view %+v, silent %v", what, g.View(), g.Silent())
		}
	}
}

func TestTwoReplicasAreMerged(t *testing.T) {
	config := identity(newAuthority(t), operator)
	a, b := newReplica(t, "a", config), newReplica(t, "b", config)
	a.connect("u1", "b1", "3", 1, 10)
	b.connect("u2", "b2", "4", 1, 20)
	g, _ := lead(t, a, config)
	eventually(t, g, "the own replica is heard", func() bool { return len(g.View().Reports) == 1 })
	if g.View().Complete {
		t.Error("complete before the live replicas are known")
	}
	g.SetPeers([]fleet.Peer{a.Peer, b.Peer})
	eventually(t, g, "both are heard", func() bool { return g.View().Complete })

	counters := func(requests uint64) []rollout.Counter {
		return []rollout.Counter{{Route: "judged/shop/c", Cluster: "x", Host: "1.2.3.4:80", Outcome: "ok", Requests: requests, BadSeconds: 1}}
	}
	want := []rollout.Report{{Pod: "u1", Boot: "b1", Counters: counters(10), Dropped: 2}, {Pod: "u2", Boot: "b2", Counters: counters(20), Dropped: 2}}
	if diff := cmp.Diff(want, g.Reports()); diff != "" {
		t.Error(diff)
	}
	if got := ack.Count(g.View(), pods("u1", "u2"), model.Stamp{UID: "object", Version: "4"}); got.Acknowledged != 1 || got.Total != 2 {
		t.Errorf("acknowledgements %+v", got)
	}
	if got := ack.Count(g.View(), pods("u2"), model.Stamp{UID: "bad", Version: "1"}); len(got.Rejected) != 1 || got.Rejected[0].Reason != "no such filter" {
		t.Errorf("rejections %+v", got)
	}

	// u1 moves to b before a has seen its connection end.
	b.connect("u1", "b1", "4", 2, 11)
	eventually(t, g, "the newer connection counts", func() bool {
		r := g.Reports()
		return applied(g.View().Reports["u1"]) == "4" && len(r) == 2 && r[0].Counters[0].Requests == 11
	})
}

func pods(uids ...string) []model.ProxyPod {
	var out []model.ProxyPod
	for _, uid := range uids {
		out = append(out, model.ProxyPod{Key: model.Key{Namespace: "shop", Name: uid}, UID: uid})
	}
	return out
}

// TestSilentReplicaMakesTheViewIncomplete: one that hangs, one that stops, and one that is gone.
func TestSilentReplicaMakesTheViewIncomplete(t *testing.T) {
	config := identity(newAuthority(t), operator)
	a, b := newReplica(t, "a", config), newReplica(t, "b", config)
	b.connect("u2", "b2", "4", 1, 20)
	hung, err := net.Listen("tcp", "127.0.0.1:0") // the kernel takes connections; nobody answers
	must(t, err)
	t.Cleanup(func() { _ = hung.Close() })
	hanging := fleet.Peer{Name: "c", Address: hung.Addr().String()}

	g, _ := lead(t, a, config)
	g.SetPeers([]fleet.Peer{a.Peer, b.Peer, hanging})
	eventually(t, g, "b is heard", func() bool { return cmp.Equal(g.Silent(), []string{"c"}) })
	if g.View().Complete {
		t.Error("complete while one hangs")
	}
	g.SetPeers([]fleet.Peer{a.Peer, b.Peer})
	eventually(t, g, "complete without the one that is gone", func() bool { return g.View().Complete })

	b.stop()
	eventually(t, g, "incomplete when a live one stops", func() bool { return !g.View().Complete })
	if got := g.View().Reports["u2"]; applied(got) != "4" {
		t.Errorf("what it said is forgotten: %+v", got)
	}
	g.SetPeers([]fleet.Peer{a.Peer})
	eventually(t, g, "complete when it is gone", func() bool { return g.View().Complete })
	if _, known := g.View().Reports["u2"]; known {
		t.Error("the proxies of a replica that is gone are known")
	}
}

// TestTermBeginsWithNothing: what was known in an earlier term does not count.
func TestTermBeginsWithNothing(t *testing.T) {
	config := identity(newAuthority(t), operator)
	a, b := newReplica(t, "a", config), newReplica(t, "b", config)
	b.connect("u2", "b2", "4", 1, 20)
	g, end := lead(t, a, config)
	g.SetPeers([]fleet.Peer{a.Peer, b.Peer})
	eventually(t, g, "complete", func() bool { return g.View().Complete })
	end()
	if v := g.View(); v.Complete || len(v.Reports) != 0 || len(g.Reports()) != 0 {
		t.Errorf("after the term: %+v", v)
	}
	b.stop()
	begin(t, g)
	eventually(t, g, "the own replica is heard", func() bool { return cmp.Equal(g.Silent(), []string{"b"}) })
	if v := g.View(); v.Complete || len(v.Reports) != 0 {
		t.Errorf("in the next term, with one silent: %+v", v)
	}
}

// TestOnlyTheOperatorIsHeard: a workload behind the address of a replica is not heard, a workload that asks gets
// nothing, and a replica is not taken for another one.
func TestOnlyTheOperatorIsHeard(t *testing.T) {
	authority := newAuthority(t)
	config, workload := identity(authority, operator), identity(authority, "/ns/shop/sa/cart")
	a, b := newReplica(t, "a", config), newReplica(t, "b", config)
	cases := []struct {
		reason string
		asks   *tls.Config
		peer   fleet.Peer
		heard  bool
	}{
		{"the operator", config, b.Peer, true},
		{"a workload answers", config, newReplica(t, "b", workload).Peer, false},
		{"a workload asks", workload, b.Peer, false},
		{"another replica answers", config, fleet.Peer{Name: "c", Address: b.Address}, false},
		{"an operator of another root answers", config, newReplica(t, "b", identity(newAuthority(t), operator)).Peer, false},
	}
	for _, c := range cases {
		g, end := lead(t, a, c.asks)
		g.SetPeers([]fleet.Peer{c.peer})
		if c.heard {
			eventually(t, g, c.reason, func() bool { return g.View().Complete })
		} else {
			refused(t, g)
			if g.View().Complete {
				t.Errorf("%s: is heard", c.reason)
			}
		}
		end()
	}
}

// refused waits until the own replica was heard and one attempt to hear the peer has failed: each of both is a change.
func refused(t testing.TB, g *fleet.Gather) {
	t.Helper()
	eventually(t, g, "the own replica is heard", func() bool { return len(g.Silent()) == 1 })
	select {
	case <-g.Changed():
	case <-time.After(30 * time.Second):
		t.Fatal("no attempt has ended")
	}
}

func TestServedByAll(t *testing.T) {
	config := identity(newAuthority(t), operator)
	a, b := newReplica(t, "a", config), newReplica(t, "b", config)
	a.local.SetWebhook("new")
	b.local.SetWebhook("old")
	g, _ := lead(t, a, config)
	if g.ServedByAll("new") {
		t.Error("served by all before anyone is heard")
	}
	g.SetPeers([]fleet.Peer{a.Peer, b.Peer})
	eventually(t, g, "complete", func() bool { return g.View().Complete })
	if g.ServedByAll("new") || g.ServedByAll("old") {
		t.Error("served by all, but by one only")
	}
	b.local.SetWebhook("new")
	eventually(t, g, "both serve the new one", func() bool { return g.ServedByAll("new") })
}

func applied(r ack.Report) string {
	version, _ := r.Applied("object")
	return version
}
