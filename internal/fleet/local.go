package fleet

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
	"sync"

	"github.com/weft-mesh/weft/internal/ack"
	"github.com/weft-mesh/weft/internal/agentserver"
	"github.com/weft-mesh/weft/internal/protocol/peerv1"
)

// Local is what this replica knows of its own proxies. It is safe for concurrent use.
type Local struct {
	replica string
	acks    func() map[string]ack.Report
	agents  func() []agentserver.View
	pulse   pulse

	mu      sync.Mutex
	pushed  func() []*peerv1.Series
	webhook string
	held    map[string]string
}

// NewLocal puts together what the xDS server has heard, by the UID of the pod, and what agents have reported.
func NewLocal(replica string, acks func() map[string]ack.Report, agents func() []agentserver.View) *Local {
	return &Local{replica: replica, acks: acks, agents: agents}
}

// Changed says that a connection or an acknowledgement has changed. It does not block.
func (l *Local) Changed() { l.pulse.fire() }

// Counted says that counters of outcomes have changed. It does not block.
func (l *Local) Counted() { l.pulse.fireLater(countGap) }

// SetWebhook says which certificate the webhook of this replica serves.
func (l *Local) SetWebhook(fingerprint string) {
	l.mu.Lock()
	l.webhook = fingerprint
	l.mu.Unlock()
	l.Changed()
}

// SetPushed says where that is which pods have pushed here.
func (l *Local) SetPushed(pushed func() []*peerv1.Series) {
	l.mu.Lock()
	l.pushed = pushed
	l.mu.Unlock()
	l.Changed()
}

// SetHeld says which objects the proxies of this replica get now, by their UID, and in which version.
func (l *Local) SetHeld(held map[string]string) {
	l.mu.Lock()
	same := maps.Equal(l.held, held)
	l.held = held
	l.mu.Unlock()
	if !same {
		l.Changed()
	}
}

// View is all of it, sorted.
func (l *Local) View() *peerv1.View {
	l.mu.Lock()
	view := &peerv1.View{Replica: l.replica, WebhookFingerprint: l.webhook}
	view.Holds = stamps(l.held)
	pushed := l.pushed
	l.mu.Unlock()
	if pushed != nil {
		view.Pushed = pushed()
	}
	acks, made := l.acks(), pool{}
	for _, agent := range l.agents() {
		p := connected(agent)
		acknowledged(p, acks[agent.UID], made.index)
		view.Proxies = append(view.Proxies, p)
	}
	view.Made = made.list
	slices.SortFunc(view.Proxies, func(a, b *peerv1.Proxy) int { return cmp.Compare(a.Uid, b.Uid) })
	return view
}

func connected(v agentserver.View) *peerv1.Proxy {
	p := &peerv1.Proxy{
		Namespace: v.Pod.Namespace, Pod: v.Pod.Name, Uid: v.UID, Workload: v.Workload.Name,
		LeafSerial: v.LeafSerial, RootFingerprints: v.RootFingerprints, BootId: v.BootID, OutcomesDropped: v.Dropped,
		ConnectedAtUnixNanos: v.Connected.UnixNano(),
	}
	for _, c := range v.Outcomes {
		p.Outcomes = append(p.Outcomes, &peerv1.Outcome{
			Route: c.Route, Cluster: c.Cluster, Host: c.Host, Outcome: c.Outcome, Requests: c.Requests, BadSeconds: c.BadSeconds,
			Slow: c.Slow, SlowSeconds: c.SlowSeconds,
		})
	}
	return p
}

func acknowledged(p *peerv1.Proxy, r ack.Report, index func(map[string]string) uint32) {
	p.UpToDate = r.UpToDate
	for _, latest := range r.Latest {
		p.Made = append(p.Made, index(latest))
	}
	p.Behind = stamps(r.Behind)
	for _, service := range r.Calls {
		p.Calls = append(p.Calls, service.String())
	}
	for _, uid := range slices.Sorted(maps.Keys(r.Rejected)) {
		p.Rejected = append(p.Rejected, &peerv1.RejectedStamp{Uid: uid, Version: r.Rejected[uid].Version, Reason: r.Rejected[uid].Reason})
	}
}

func stamps(versions map[string]string) []*peerv1.AppliedStamp {
	var out []*peerv1.AppliedStamp
	for _, uid := range slices.Sorted(maps.Keys(versions)) {
		out = append(out, &peerv1.AppliedStamp{Uid: uid, Version: versions[uid]})
	}
	return out
}

// pool lists each of many shared maps once.
type pool struct {
	list []*peerv1.Made
	at   map[uintptr]uint32
}

func (p *pool) index(versions map[string]string) uint32 {
	key := reflect.ValueOf(versions).Pointer()
	if at, known := p.at[key]; known {
		return at
	}
	if p.at == nil {
		p.at = map[uintptr]uint32{}
	}
	p.at[key] = uint32(len(p.list))
	p.list = append(p.list, &peerv1.Made{Objects: stamps(versions)})
	return p.at[key]
}
