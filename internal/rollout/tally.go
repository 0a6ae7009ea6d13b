package rollout

import (
	"maps"
	"net/netip"
	"time"

	"github.com/weft-mesh/weft/internal/outcome"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

// sums adds up the differences of all callers.
type sums struct {
	rules   Rules
	subsets map[string]Arm
	dropped uint64
}

func (s *sums) caller(counted, taken map[counterKey]amounts) {
	for key, c := range counted {
		if delta := c.since(taken[key]); delta.all.requests > 0 {
			s.add(key, delta)
		}
	}
}

// add counts requests of one caller to one pod with one outcome. The seconds of two of these may be the same, so the
// largest is a lower bound of the distinct ones and the sum an upper bound.
func (s *sums) add(key counterKey, delta amounts) {
	_, _, subset, _ := xds.ParseClusterName(key.cluster)
	arm, found := s.subsets[subset]
	if !found {
		arm = Arm{Pods: map[string]PodCounts{}}
		s.subsets[subset] = arm
	}
	address := podAddress(key.host)
	pod := arm.Pods[address]
	pod.Requests += int64(delta.all.requests)
	slow := slowOf(key.route, delta)
	pod.fail(key.outcome, s.rules.errors(key.outcome, delta.all, slow))
	for edge, late := range slow {
		pod.delay(edge, delta.all.requests, late)
	}
	arm.Pods[address] = pod
}

// slowOf is the number of requests that took longer, by edge.
func slowOf(route string, delta amounts) map[time.Duration]amount {
	_, edges := outcome.SplitRoute(route)
	if len(edges) == 0 || len(delta.slow) != len(edges) {
		return nil
	}
	out := make(map[time.Duration]amount, len(edges))
	for i, edge := range edges {
		out[edge] = amount{min(delta.slow[i].requests, delta.all.requests), delta.slow[i].seconds}
	}
	return out
}

func (p *PodCounts) fail(reason string, bad amount) {
	if bad.requests == 0 {
		return
	}
	p.Errors += int64(bad.requests)
	p.LeastErrorSeconds = max(p.LeastErrorSeconds, int64(bad.seconds))
	p.MostErrorSeconds += int64(bad.seconds)
	if p.Reasons == nil {
		p.Reasons = map[string]int64{}
	}
	p.Reasons[reason] += int64(bad.requests)
}

func (p *PodCounts) delay(edge time.Duration, requests uint64, late amount) {
	if p.Slow == nil {
		p.Slow = map[time.Duration]SlowCounts{}
	}
	c := p.Slow[edge]
	c.Requests += int64(requests)
	c.Slow += int64(late.requests)
	c.LeastSeconds = max(c.LeastSeconds, int64(late.seconds))
	c.MostSeconds += int64(late.seconds)
	p.Slow[edge] = c
}

// podAddress is a host without its port.
func podAddress(host string) string {
	address, err := netip.ParseAddrPort(host)
	if err != nil {
		return host
	}
	return address.Addr().String()
}

// Batch picks the two versions of a run by the names of their subsets. Of the canary only pods of the pinned revision
// count, and requests that reached no pod.
func (t Tally) Batch(stable, canary string, pinned func(address string) bool) Batch {
	arm := Arm{Pods: map[string]PodCounts{}}
	for address, p := range t.Subsets[canary].Pods {
		if address == "" || pinned(address) {
			arm.Pods[address] = p
		}
	}
	return Batch{Stable: t.Subsets[stable], Canary: arm, Dropped: t.Dropped, Duration: t.Duration}
}

// Warm leaves out how long requests to pods took that are not warm, of both versions. Their errors stay.
func (b Batch) Warm(is func(address string) bool) Batch {
	b.Stable, b.Canary = b.Stable.warm(is), b.Canary.warm(is)
	return b
}

func (a Arm) warm(is func(address string) bool) Arm {
	a.Pods = maps.Clone(a.Pods)
	for address, p := range a.Pods {
		if address != "" && !is(address) {
			p.Slow = nil
			a.Pods[address] = p
		}
	}
	return a
}
