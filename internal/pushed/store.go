package pushed

import (
	"maps"
	"slices"
	"sync"
	"time"

	otlp "go.opentelemetry.io/proto/otlp/metrics/v1"
	"google.golang.org/protobuf/proto"

	"github.com/weft-mesh/weft/internal/protocol/peerv1"
)

const (
	// mostOfPod and most bound how many series are kept.
	mostOfPod = 200
	most      = 20_000
	// kept is how long a series is kept that is not pushed any more.
	kept = 10 * time.Minute
)

// Pod is one that sends, or is spoken for.
type Pod struct {
	Namespace, Name, UID string
	// Speaks says that it is a collector, and may speak for others.
	Speaks bool
}

// Cluster is what the operator knows.
type Cluster interface {
	// Sender is the pod of the mesh that has an address; false: there is none, or several, or nothing is to be taken.
	Sender(address string) (Pod, bool)
	// Pod is one of the mesh.
	Pod(namespace, name string) (Pod, bool)
	// Wanted are the metrics that Canaries of a namespace read.
	Wanted(namespace string) map[string]bool
}

// Store keeps the latest of each series on one replica. It is safe for concurrent use.
type Store struct {
	Cluster Cluster
	Now     func() time.Time
	// Changed is called after each request that changed something.
	Changed func()

	mu   sync.Mutex
	pods map[string]map[string]*peerv1.Series // by UID and ID
	n    int
}

// Take takes the metrics that came from an address. It is false when nobody is known there.
func (s *Store) Take(address string, metrics []*otlp.ResourceMetrics) bool {
	sender, known := s.Cluster.Sender(address)
	if !known {
		return false
	}
	changed := false
	for _, m := range metrics {
		pod, wanted := s.subject(sender, m)
		for _, p := range decode(m, wanted) {
			p.series.Namespace, p.series.Pod, p.series.Uid = pod.Namespace, pod.Name, pod.UID
			changed = s.put(p) || changed
		}
	}
	if changed {
		s.Changed()
	}
	return true
}

// subject is the pod that metrics are about: the sender, whatever they say, unless it is a collector.
func (s *Store) subject(sender Pod, m *otlp.ResourceMetrics) (Pod, map[string]bool) {
	pod := sender
	if sender.Speaks {
		attributes := m.GetResource().GetAttributes()
		named, known := s.Cluster.Pod(text(attributes, "k8s.namespace.name"), text(attributes, "k8s.pod.name"))
		if uid := text(attributes, "k8s.pod.uid"); !known || uid != "" && uid != named.UID {
			return Pod{}, nil
		}
		pod = named
	}
	return pod, s.Cluster.Wanted(pod.Namespace)
}

func (s *Store) put(p point) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	next, now := p.series, s.Now().UnixNano()
	next.AtUnixNanos = now
	if s.n >= most/2 || len(s.pods[next.Uid]) >= mostOfPod {
		s.expire(now)
	}
	of := s.pods[next.Uid]
	k := id(next)
	was, known := of[k]
	switch {
	case !known && (len(of) >= mostOfPod || s.n >= most):
		return false
	case !known:
		s.n++
	case p.delta && was.Kind == next.Kind:
		more := proto.CloneOf(was)
		if plus(more, next.Value, next.Bounds, next.Buckets) {
			more.AtUnixNanos = now
			next = more
		} else {
			next.StartedAtUnixNanos = now
		}
	}
	if p.delta && !known {
		next.StartedAtUnixNanos = now // what this replica has received
	}
	if of == nil {
		if s.pods == nil {
			s.pods = map[string]map[string]*peerv1.Series{}
		}
		of = map[string]*peerv1.Series{}
		s.pods[next.Uid] = of
	}
	of[k] = next
	return true
}

// expire forgets what is not pushed any more.
func (s *Store) expire(now int64) {
	for uid, of := range s.pods {
		maps.DeleteFunc(of, func(_ string, x *peerv1.Series) bool { return now-x.AtUnixNanos > int64(kept) })
		if len(of) == 0 {
			delete(s.pods, uid)
		}
	}
	s.n = 0
	for _, of := range s.pods {
		s.n += len(of)
	}
}

// View is all that was not pushed too long ago, sorted. It must not be changed.
func (s *Store) View() []*peerv1.Series {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*peerv1.Series
	now := s.Now().UnixNano()
	for _, of := range s.pods {
		for _, x := range of {
			if now-x.AtUnixNanos <= int64(kept) {
				out = append(out, x)
			}
		}
	}
	slices.SortFunc(out, order)
	return out
}
