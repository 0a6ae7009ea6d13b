package rollout

import (
	"net/netip"

	"github.com/weft-mesh/weft/internal/translate/xds"
)

// sums adds up the differences of all callers.
type sums struct {
	bad     func(string) bool
	subsets map[string]Arm
	dropped uint64
}

func (s *sums) caller(counted, taken map[counterKey]amounts) {
	for key, c := range counted {
		was := taken[key]
		delta := amounts{risen(c.requests, was.requests), risen(c.seconds, was.seconds)}
		if delta.requests > 0 {
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
	requests, seconds := int64(delta.requests), int64(delta.seconds)
	pod.Requests += requests
	if s.bad(key.outcome) {
		pod.Errors += requests
		pod.LeastErrorSeconds = max(pod.LeastErrorSeconds, seconds)
		pod.MostErrorSeconds += seconds
		if pod.Reasons == nil {
			pod.Reasons = map[string]int64{}
		}
		pod.Reasons[key.outcome] += requests
	}
	arm.Pods[address] = pod
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
