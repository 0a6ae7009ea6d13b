package xdsserver

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"github.com/go-logr/logr"

	"github.com/weft-mesh/weft/internal/translate/xds"
	"github.com/weft-mesh/weft/internal/xdsserver/sotw"
)

// talker is a client of a stream that Serve runs, of either variant.
type talker struct {
	say  func(*discovery.DeltaDiscoveryRequest)
	hear func() (url, nonce string, names []string, more bool)
	hang func() // ends the client's side
	seen map[string][]string
	open map[string]map[string][]string
}

// One that has only the last response of a type to answer, or one of a name, must not get another.
func (c *talker) heard(t *testing.T, whole bool) {
	for {
		synctest.Wait()
		url, nonce, names, more := c.hear()
		if !more {
			return
		}
		c.seen[url] = append(c.seen[url], nonce)
		one := whole || url == xds.ClusterType || url == xds.ListenerType
		for _, other := range c.open[url] {
			if one || slices.ContainsFunc(names, func(name string) bool { return slices.Contains(other, name) }) {
				t.Fatalf("%s: %v comes while %v has no answer", short(url), names, other)
			}
		}
		if c.open[url] == nil {
			c.open[url] = map[string][]string{}
		}
		if c.open[url][nonce] = names; len(c.open[url]) > window {
			t.Fatalf("%s: %d responses have no answer", short(url), len(c.open[url]))
		}
		if len(slices.Compact(slices.Sorted(slices.Values(names)))) != len(names) {
			t.Fatalf("%s: %v names something twice", short(url), names)
		}
	}
}

func (c *talker) tell(r *discovery.DeltaDiscoveryRequest) {
	delete(c.open[r.GetTypeUrl()], r.GetResponseNonce())
	c.say(r)
}

// poll is the next response if one waits.
func poll[R any](from <-chan *R) *R {
	select {
	case r := <-from:
		return r
	default:
		return nil
	}
}

func deltaTalker(p *pipe) *talker {
	return &talker{
		say: func(r *discovery.DeltaDiscoveryRequest) { p.up <- r }, hang: func() { close(p.up) },
		hear: func() (string, string, []string, bool) {
			r := poll(p.dn)
			names := slices.Clone(r.GetRemovedResources())
			for _, item := range r.GetResources() {
				names = append(names, item.GetName())
			}
			return r.GetTypeUrl(), r.GetNonce(), names, r != nil
		},
		seen: map[string][]string{}, open: map[string]map[string][]string{},
	}
}

func wholeTalker(p *wholePipe) *talker {
	return &talker{
		say: func(r *discovery.DeltaDiscoveryRequest) { p.up <- whole(r) }, hang: func() { close(p.up) },
		hear: func() (url, nonce string, names []string, more bool) {
			r := poll(p.dn)
			for _, body := range r.GetResources() {
				names = append(names, nameIn(body))
			}
			return r.GetTypeUrl(), r.GetNonce(), names, r != nil
		},
		seen: map[string][]string{}, open: map[string]map[string][]string{},
	}
}

func addScripts(f *testing.F) {
	subscribe := func(kind, names byte) []byte { return []byte{0, kind, 0, names, 0, 5} }
	ack := func(kind, names byte) []byte { return []byte{0, kind, 1, names, 0, 5} }
	first := slices.Concat([]byte{6, 3}, subscribe(0, 0), subscribe(1, 6), ack(0, 0), ack(1, 6), subscribe(2, 0), ack(2, 0), subscribe(3, 16), subscribe(4, 32))
	for _, whole := range []bool{false, true} {
		f.Add(whole, []byte{})
		f.Add(whole, first)
		f.Add(whole, slices.Concat(first, []byte{6, 1, 5}, ack(0, 0), []byte{6, 2, 5}, ack(3, 0), ack(0, 1)))
		f.Add(whole, []byte{0, 3, 0, 16, 0, 6, 0, 6, 2, 6, 1, 6, 2}) // a route that waits comes and goes
		f.Add(whole, slices.Concat(first, []byte{6, 0, 5, 0, 0, 5, 0, 0, 2, 5, 7, 1, 5, 0, 2, 9, 7, 1, 255, 5}))
	}
}

// Whatever a client says, in whatever order, whether it reads or not: Serve does not panic, sends nothing about what has
// no answer yet, and ends with the stream. Nothing of it stays: no goroutine, which the bubble would not end with, and no
// connection.
func FuzzStream(f *testing.F) {
	addScripts(f)
	worlds := scriptWorlds()
	f.Fuzz(func(t *testing.T, whole bool, bytes []byte) {
		synctest.Test(t, func(t *testing.T) {
			s, script := New(logr.Discard()), &script{bytes: bytes}
			ctx, cancel := context.WithCancel(t.Context())
			proxy, done := Proxy{UID: "a", Workload: cart, NotAfter: time.Now().Add(time.Hour)}, make(chan error, 1)
			var c *talker
			if whole {
				p := newTube[discovery.DiscoveryRequest, discovery.DiscoveryResponse](ctx)
				c = wholeTalker(p)
				go func() { defer cancel(); done <- s.ServeWhole(proxy, p) }()
			} else {
				p := newPipe(ctx)
				c = deltaTalker(p)
				go func() { defer cancel(); done <- s.Serve(proxy, p) }()
			}
			for !script.ended() {
				switch script.next() % 8 {
				case 5:
					c.heard(t, whole)
				case 6:
					s.Publish(worlds[script.next()%len(worlds)])
				case 7:
					s.UpdateEndpoints(endpointsFor(script.next(), "c1", "c2"), time.Time{})
				default:
					c.tell(script.message(c.seen))
				}
			}
			switch len(bytes) % 3 {
			case 0:
				c.hang()
			case 1:
				cancel()
			default:
				time.Sleep(2 * time.Hour) // of the test's own clock: the certificate ends
			}
			<-done
			if got := s.Reports(); len(got) > 0 || len(s.conns) > 0 {
				t.Errorf("%d connections stay: %+v", len(s.conns), got)
			}
		})
	})
}

// However often a client repeats itself, a stream remembers no more than the names that there are.
func FuzzMemory(f *testing.F) {
	addScripts(f)
	worlds := scriptWorlds()
	const messages = 1000
	f.Fuzz(func(t *testing.T, world bool, bytes []byte) {
		st, talk, seen := newStream(), sotw.NewTalk(), map[string][]string{}
		if world {
			st = newWholeStream()
		}
		say := func(r *discovery.DeltaDiscoveryRequest) {
			if world {
				r = talk.Request(whole(r))
			}
			if r == nil {
				return
			}
			if err := st.Request(r); err != nil {
				t.Fatal(err)
			}
		}
		for s, n := (&script{bytes: bytes}), 0; n < messages; n++ {
			if s.ended() {
				s.at = 0
			}
			switch s.next() % 8 {
			case 5, 6:
				st.Update(worlds[s.next()%len(worlds)].target())
			case 7:
				next := st.target
				next.endpoints = published(endpointsFor(s.next(), "c1", "c2"))
				st.Update(next)
			default:
				say(s.message(seen))
			}
			for _, r := range st.Next() {
				if world {
					talk.Response(r)
				}
				seen[r.GetTypeUrl()] = append(seen[r.GetTypeUrl()][max(0, len(seen[r.GetTypeUrl()])-2):], r.GetNonce())
			}
			st.standing()
		}
		for what, size := range st.sizes() {
			if size.is > size.most {
				t.Errorf("%d %s after %d messages, want %d at most", size.is, what, messages, size.most)
			}
		}
	})
}

type size struct{ is, most int }

// sizes are those of all that a stream remembers of a client that follows a script.
func (st *stream) sizes() map[string]size {
	names := len(scriptNames) + 4 // the worlds have four more of all types together
	out := map[string]size{
		"lacks": {len(st.lacks), 5 * names}, "waits": {len(st.waits), 0}, "behind": {len(st.behind), 0},
		"asked": {len(st.first.asked), 1}, "answers": {len(st.first.answers), 1}, "look": {len(st.first.look), 1}, "kept": {len(st.first.kept), 0},
	}
	for _, k := range st.kinds() {
		for what, size := range map[string]size{
			"entries": {len(k.departs), names}, "tasks": {len(k.tasks), names}, "owed": {len(k.owes), names}, "alone": {len(k.alone), names},
			"busy": {len(k.busy), names}, "rejected": {len(k.rejected), names}, "moved": {len(k.moved), 0}, "sent": {len(k.sent), window},
			"to change": {len(k.queues[change]), 65 + 2*names}, "to repeat": {len(k.queues[owed]), 65 + 2*names},
		} {
			out[short(k.url)+" "+what] = size
		}
	}
	return out
}
