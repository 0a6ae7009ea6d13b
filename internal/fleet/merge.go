package fleet

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/weft-mesh/weft/internal/ack"
	"github.com/weft-mesh/weft/internal/model"
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
	newest := map[string]origin{}
	views = slices.Clone(views)
	slices.SortFunc(views, func(a, b *peerv1.View) int { return cmp.Compare(a.Replica, b.Replica) })
	for _, view := range views {
		made := madeOf(view)
		for _, p := range view.Proxies {
			if other, found := newest[p.Uid]; !found || p.ConnectedAtUnixNanos > other.ConnectedAtUnixNanos {
				newest[p.Uid] = origin{p, made}
			}
		}
	}
	out := merged{acks: make(map[string]ack.Report, len(newest))}
	for _, uid := range slices.Sorted(maps.Keys(newest)) {
		p := newest[uid]
		out.acks[uid] = ackOf(p.Proxy, p.made)
		if p.BootId != "" {
			out.reports = append(out.reports, reportOf(p.Proxy))
		}
	}
	return out
}

// origin is a proxy with what its replica says that configurations were made of.
type origin struct {
	*peerv1.Proxy
	made []map[string]string
}

func madeOf(view *peerv1.View) []map[string]string {
	out := make([]map[string]string, len(view.GetMade()))
	for i, made := range view.GetMade() {
		out[i] = versions(made.GetObjects())
	}
	return out
}

func versions(stamps []*peerv1.AppliedStamp) map[string]string {
	out := make(map[string]string, len(stamps))
	for _, s := range stamps {
		out[s.Uid] = s.Version
	}
	return out
}

// ackOf ignores references to nothing.
func ackOf(p *peerv1.Proxy, made []map[string]string) ack.Report {
	r := ack.Report{UpToDate: p.UpToDate, Behind: versions(p.Behind), Rejected: map[string]ack.Refusal{}}
	for _, at := range p.Made {
		if int(at) < len(made) {
			r.Latest = append(r.Latest, made[at])
		}
	}
	if len(p.Applied) > 0 {
		r.Latest = append(r.Latest, versions(p.Applied))
	}
	for _, text := range p.Calls {
		if namespace, name, is := strings.Cut(text, "/"); is {
			r.Calls = append(r.Calls, model.Key{Namespace: namespace, Name: name})
		}
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
			Slow: o.Slow, SlowSeconds: o.SlowSeconds,
		})
	}
	return r
}

func heldBy(v *peerv1.View) map[string]string { return versions(v.GetHolds()) }
