package rollout

import (
	"maps"
	"strings"
	"time"

	"github.com/weft-mesh/weft/internal/outcome"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

// Report is what the agent beside one caller has counted since it started.
type Report struct {
	// Pod is the UID of the caller's pod, Boot changes when its agent starts anew.
	Pod, Boot string
	Counters  []Counter
	// Dropped is the number of requests that the agent could not count.
	Dropped uint64
}

// Counter is one cumulative count.
type Counter struct {
	Route, Cluster, Host, Outcome string
	Requests, BadSeconds          uint64
	// Slow are the requests that took longer than each edge of the route's name, and SlowSeconds the distinct seconds
	// that had one.
	Slow, SlowSeconds []uint64
}

// Ledger remembers, for one Canary, how much of each counter has been taken. It is a value: Diff returns another one.
//
// Nothing is taken twice; what can't be told apart from something taken before is lost. So the first sight of an agent
// takes nothing and only sets where it counts from. An agent that starts anew beside a pod already known counts from
// 0, once the ledger is old enough that no predecessor can have seen that start.
type Ledger struct {
	route string
	since time.Time
	last  time.Time // Diff
	pods  map[string]caller
}

// caller is what is known of the agent beside one pod.
type caller struct {
	boot    string
	past    map[string]bool // earlier boots: a late report of one of them takes nothing
	taken   map[counterKey]amounts
	dropped uint64
}

// counterKey has the route, since its edges say what is slow.
type counterKey struct{ route, cluster, host, outcome string }

func (c *Counter) key() counterKey { return counterKey{c.Route, c.Cluster, c.Host, c.Outcome} }

// settled is the age at which a ledger has seen the reports of all replicas.
const settled = time.Minute

// NewLedger is empty. Its first Diff takes nothing.
func NewLedger(namespace, canary string) Ledger {
	return Ledger{route: outcome.Route(namespace, canary, nil, false)}
}

// Tally holds outcomes by the subset of the Service that they came from, such as version=v2.
type Tally struct {
	Subsets map[string]Arm
	Dropped uint64
	// Duration since the Diff before; 0 for the first one.
	Duration time.Duration
}

// Diff takes what has been counted since the last Diff. Rules say which outcomes are errors. A pod is named by its
// address without the port. Store the returned ledger with the decision made from the tally; when it is not known
// whether the decision was stored, store the ledger all the same: what is lost does no harm.
func (l Ledger) Diff(reports []Report, rules Rules, now time.Time) (Tally, Ledger) {
	next := Ledger{route: l.route, since: l.since, last: now, pods: maps.Clone(l.pods)}
	if next.pods == nil {
		next.since, next.pods = now, map[string]caller{}
	}
	sum := sums{rules: rules, subsets: map[string]Arm{}}
	for _, r := range reports {
		next.take(r, &sum, now)
	}
	tally := Tally{Subsets: sum.subsets, Dropped: sum.dropped}
	if !l.last.IsZero() {
		tally.Duration = now.Sub(l.last)
	}
	return tally, next
}

// Keep forgets the pods that are gone for good. A pod that is only out of reach must be kept.
func (l Ledger) Keep(exists func(pod string) bool) Ledger {
	l.pods = maps.Clone(l.pods)
	maps.DeleteFunc(l.pods, func(pod string, _ caller) bool { return !exists(pod) })
	return l
}

func (l Ledger) take(r Report, sum *sums, now time.Time) {
	known, seen := l.pods[r.Pod]
	if known.past[r.Boot] {
		return
	}
	if seen && known.boot == r.Boot && known.dropped == r.Dropped && known.has(r.Counters, l.route) {
		return
	}
	first := !seen
	if seen && known.boot != r.Boot {
		first = now.Sub(l.since) < settled
		known.past = maps.Clone(known.past)
		if known.past == nil {
			known.past = map[string]bool{}
		}
		known.past[known.boot] = true
		known.taken, known.dropped = nil, 0
	}
	known.boot = r.Boot
	counted := l.gather(r.Counters)
	if !first {
		sum.dropped += risen(r.Dropped, known.dropped)
		sum.caller(counted, known.taken)
	}
	known.taken, known.dropped = highest(known.taken, counted), max(known.dropped, r.Dropped)
	l.pods[r.Pod] = known
}

// has says that all counters of a route were taken as they are. Most callers have nothing new at most looks.
func (k caller) has(counters []Counter, route string) bool {
	for i := range counters {
		c := &counters[i]
		if c.Cluster == "" || !strings.HasPrefix(c.Route, route) {
			continue
		}
		if taken, found := k.taken[c.key()]; !found || !taken.are(c) {
			return false
		}
	}
	return true
}

// gather is what the counters of the ledger's route say. One that is there twice counts twice.
func (l Ledger) gather(counters []Counter) map[counterKey]amounts {
	out := map[counterKey]amounts{}
	var route, name string
	var edges []time.Duration
	for i := range counters {
		c := &counters[i]
		if c.Route != route {
			route = c.Route
			name, edges = outcome.SplitRoute(route)
		}
		if name != l.route {
			continue
		}
		if _, _, _, ok := xds.ParseClusterName(c.Cluster); !ok {
			continue
		}
		key := c.key()
		if was, found := out[key]; found {
			out[key] = was.plus(c.amounts(len(edges)))
		} else {
			out[key] = c.amounts(len(edges))
		}
	}
	return out
}

// highest keeps the larger of both: a report that comes late must not lower what was taken.
func highest(taken, counted map[counterKey]amounts) map[counterKey]amounts {
	out := maps.Clone(taken)
	if out == nil {
		out = map[counterKey]amounts{}
	}
	for key, c := range counted {
		out[key] = out[key].highest(c)
	}
	return out
}
