package rollout

import (
	"fmt"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// mostly is the part of the bad events that is worth naming a pod.
const mostly = 0.8

// countPods adds the bad events of the pods that the state names.
func countPods(s *v1alpha1.TestState, m metric, canary Arm) {
	for _, address := range s.Pods {
		bad := m.count(canary.Pods[address]).bad
		if bad == 0 {
			continue
		}
		if s.PodEvents == nil {
			s.PodEvents = map[string]int64{}
		}
		s.PodEvents[address] += bad
	}
}

// onOnePod names the pod that has most of the bad events, where others serve beside it.
func (l *look) onOnePod(f family) string {
	if l.in.Serving.Canary < 2 {
		return ""
	}
	events, all := map[string]int64{}, int64(0)
	for _, m := range f.metrics {
		if s := l.stored(m); s != nil {
			for pod, n := range s.PodEvents {
				events[pod] += n
				all += n
			}
		}
	}
	worst := dominant(events)
	if all == 0 || float64(events[worst]) < mostly*float64(all) {
		return ""
	}
	name := worst
	if known, found := l.in.Names[worst]; found {
		name = known
	}
	return fmt.Sprintf("; pod %s has %d %% of those of the new version", name, 100*events[worst]/all)
}
