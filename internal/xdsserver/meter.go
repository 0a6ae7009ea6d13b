package xdsserver

import (
	"slices"
	"sync/atomic"
	"time"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
)

// meter measures one connection. Only the goroutine of its stream touches it, but for news, which Server.mu guards, and
// what is atomic.
type meter struct {
	news   time.Time // of the oldest change of the world that the stream has not looked at
	behind time.Time // since when there is something to apply; zero when there is not, or when it was refused
	lagged bool      // the proxy has been without something since then
	synced bool      // the proxy has held a whole set

	acknowledged string // version of the last set that the proxy held as a whole
	sent         uint64 // bytes of resources
	unanswered   []push // oldest first

	queued atomic.Int64 // responses that wait to be sent
	open   atomic.Int64 // responses that wait for their answer
	oldest atomic.Int64 // when the oldest of those was sent, in nanoseconds since 1970
}

// push is a response that was sent and is not answered.
type push struct {
	nonce string
	at    time.Time
}

// tell notes that the world has changed, by events that were seen at a time.
func (m *meter) tell(seen time.Time) {
	if m.news.IsZero() || seen.Before(m.news) {
		m.news = seen
	}
}

// look takes the news: the stream is about to see the world.
func (m *meter) look() {
	if m.behind.IsZero() {
		m.behind = m.news
	}
	m.news = time.Time{}
}

// stepped notes where a stream stands after a step, with a number of responses to be sent.
func (m *meter) stepped(all *metrics, st *stream, queued int, now time.Time) {
	m.queued.Store(int64(queued))
	if !st.upToDate() {
		m.lagged = true
		if st.refusing() {
			m.behind = time.Time{}
		}
		return
	}
	if m.lagged && !m.behind.IsZero() {
		all.converged(m.synced, now.Sub(m.behind))
	}
	m.behind, m.lagged, m.synced, m.acknowledged = time.Time{}, false, true, st.version()
}

// refusing says that nothing is under way, and that the client has refused something.
func (st *stream) refusing() bool {
	kinds := st.kinds()
	return !slices.ContainsFunc(kinds[:], func(k *kind) bool { return !k.settled() }) && slices.ContainsFunc(kinds[:], (*kind).refusesAny)
}

// pushed notes a response that was sent.
func (m *meter) pushed(all *metrics, st *stream, r *discovery.DeltaDiscoveryResponse, now time.Time) {
	size := 0
	for _, resource := range r.GetResources() {
		size += len(resource.GetResource().GetValue())
	}
	m.sent += uint64(size)
	all.pushed(r.GetTypeUrl(), st.reason(r, m.synced), size)
	m.unanswered = append(m.unanswered, push{r.GetNonce(), now})
	m.queued.Add(-1)
	m.age()
}

// answered notes that a response is under way no longer.
func (m *meter) answered(nonce string) {
	m.unanswered = slices.DeleteFunc(m.unanswered, func(p push) bool { return p.nonce == nonce })
	if len(m.unanswered) == 0 && cap(m.unanswered) > window {
		m.unanswered = nil // a burst is over
	}
	m.age()
}

func (m *meter) age() {
	m.open.Store(int64(len(m.unanswered)))
	if len(m.unanswered) > 0 {
		m.oldest.Store(m.unanswered[0].at.UnixNano())
	}
}

// reason says why a response is sent, before its answer has come.
func (st *stream) reason(r *discovery.DeltaDiscoveryResponse, synced bool) reason {
	k := st.kind(r.GetTypeUrl())
	if len(r.GetResources()) == 0 && len(r.GetRemovedResources()) > 0 {
		if slices.ContainsFunc(r.GetRemovedResources(), k.holds) {
			return pushRemoval
		}
		return pushUnknown
	}
	if !synced {
		return pushFirst
	}
	for _, resource := range r.GetResources() {
		if k.of(resource.GetName()).version != resource.GetVersion() {
			return pushChange
		}
	}
	return pushResend
}
