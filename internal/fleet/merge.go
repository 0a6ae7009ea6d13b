package fleet

import (
	"cmp"
	"maps"
	"slices"

	"github.com/weft-mesh/weft/internal/ack"
	"github.com/weft-mesh/weft/internal/protocol/peerv1"
	"github.com/weft-mesh/weft/internal/rollout"
)

// merged is what views of several replicas say together.
type merged struct {
	acks    map[string]ack.Report
	reports []rollout.Report
}

// merge takes each pod from the replica that it connected to last. The order of the views does not matter.
func merge(views []*peerv1.View) merged {
	newest := map[string]*peerv1.Proxy{}
	views = slices.Clone(views)
	slices.SortFunc(views, func(a, b *peerv1.View) int { return cmp.Compare(a.Replica, b.Replica) })
	for _, view := range views {
		for _, p := range view.Proxies {
			if other, found := newest[p.Uid]; !found || p.ConnectedAtUnixNanos > other.ConnectedAtUnixNanos {
				newest[p.Uid] = p
			}
		}
	}
	out := merged{acks: make(map[string]ack.Report, len(newest))}
	for _, uid := range slices.Sorted(maps.Keys(newest)) {
		p := newest[uid]
		out.acks[uid] = ackOf(p)
		if p.BootId != "" {
			out.reports = append(out.reports, reportOf(p))
		}
	}
	return out
}

func ackOf(p *peerv1.Proxy) ack.Report {
	r := ack.Report{UpToDate: p.UpToDate, Applied: make(map[string]string, len(p.Applied)), Rejected: map[string]ack.Refusal{}}
	for _, s := range p.Applied {
		r.Applied[s.Uid] = s.Version
	}
	for _, s := range p.Rejected {
		r.Rejected[s.Uid] = ack.Refusal{Version: s.Version, Reason: s.Reason}
	}
	return r
}

func reportOf(p *peerv1.Proxy) rollout.Report {
	r := rollout.Report{Pod: p.Uid, Boot: p.BootId, Dropped: p.OutcomesDropped}
	for _, o := range p.Outcomes {
		r.Counters = append(r.Counters, rollout.Counter{
			Route: o.Route, Cluster: o.Cluster, Host: o.Host, Outcome: o.Outcome, Requests: o.Requests, BadSeconds: o.BadSeconds,
		})
	}
	return r
}

func heldBy(v *peerv1.View) map[string]string {
	held := map[string]string{}
	for _, s := range v.GetHolds() {
		held[s.Uid] = s.Version
	}
	return held
}
