package e2e

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// reaction is how long the controllers of a slow machine may take to ask for a pod. What a pod takes to start is measured.
const reaction = 10 * time.Second

// readyWatch follows the pods of reviews from outside. Those that count are ready and not on their way out; a pod that waits
// is never ready. So what counts is what callers outside the mesh can reach.
type readyWatch struct {
	mu       sync.Mutex
	pods     map[string]watchedPod
	spans    []span
	start    time.Duration // the longest that a pod took from being made to being ready
	ungated  []string      // versions of pods without a gate that were made while the watch ran
	wasReady map[string]bool
	last     int       // what counted before
	moved    time.Time // when that changed
}

type watchedPod struct {
	version string
	made    time.Time // zero: it was there before
	ready   bool
	starts  bool // not ready yet, and not on its way out
}

// span is a time in which one size is wanted.
type span struct {
	want, least int
	minimum     int           // of the pods that counted
	maximum     int           // of the same
	places      int           // the minimum of those and of pods of v1 that start
	longest     time.Duration // that fewer counted than were wanted
	below       time.Time     // since when they are fewer; zero: they are not
}

func (s span) String() string {
	return fmt.Sprintf("%d wanted: %d at least, fewer for %s at most", s.want, s.minimum, s.longest.Round(10*time.Millisecond))
}

// watchReady watches until the spec ends. So many pods are there now.
func watchReady(ns string, size int) *readyWatch {
	GinkgoHelper()
	w := &readyWatch{pods: map[string]watchedPod{}, wasReady: map[string]bool{}}
	watch(w.read, "pods", "--selector=app=reviews", "--namespace="+ns, "--output-watch-events")
	Eventually(w.ready).Should(Equal(size))
	w.wants(size, size)
	return w
}

// podEvent is one line of `kubectl get --output-watch-events`.
type podEvent struct {
	Type   string
	Object corev1.Pod
}

func (w *readyWatch) read(e podEvent) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.note(e.Type, &e.Object)
	now := time.Now()
	if n := w.counted(); n != w.last {
		w.last, w.moved = n, now
		GinkgoWriter.Printf("%s %s of %s: ready %t, leaves %t; %d count\n",
			now.Format("15:04:05.000"), e.Object.Name, versionOf(&e.Object), isReady(&e.Object), e.Object.DeletionTimestamp != nil, n)
	}
	w.measure(now)
}

func (w *readyWatch) note(event string, p *corev1.Pod) {
	if event == "DELETED" {
		delete(w.pods, p.Name)
		return
	}
	seen, known := w.pods[p.Name]
	if !known {
		seen.version = versionOf(p)
		if len(w.spans) > 0 {
			seen.made = time.Now()
			if !slices.ContainsFunc(p.Spec.ReadinessGates, func(g corev1.PodReadinessGate) bool { return g.ConditionType == v1alpha1.ConditionReleased }) {
				w.ungated = append(w.ungated, seen.version)
			}
		}
	}
	living := p.DeletionTimestamp == nil
	seen.ready, seen.starts = living && isReady(p), living && !isReady(p)
	if seen.ready && !seen.made.IsZero() {
		w.start, seen.made = max(w.start, time.Since(seen.made)), time.Time{}
	}
	w.wasReady[seen.version] = w.wasReady[seen.version] || seen.ready
	w.pods[p.Name] = seen
}

// measure notes what counts now in the latest span.
func (w *readyWatch) measure(now time.Time) {
	if len(w.spans) == 0 {
		return
	}
	s, n := &w.spans[len(w.spans)-1], w.counted()
	s.minimum, s.maximum, s.places = min(s.minimum, n), max(s.maximum, n), min(s.places, w.occupied())
	if !s.below.IsZero() {
		s.longest = max(s.longest, now.Sub(s.below))
	}
	switch {
	case n >= s.want:
		s.below = time.Time{}
	case s.below.IsZero():
		s.below = now
	}
}

// settled is what has counted for a while. It fails while that changes.
func (w *readyWatch) settled() (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if since := time.Since(w.moved); since < settled {
		return 0, fmt.Errorf("%d pods are ready since %s only", w.last, since)
	}
	return w.last, nil
}

func (w *readyWatch) counted() (n int) {
	for _, p := range w.pods {
		if p.ready {
			n++
		}
	}
	return n
}

// wants begins a span: so many pods are wanted, and least of them are there all the time.
func (w *readyWatch) wants(size, least int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	w.measure(now)
	w.spans = append(w.spans, span{want: size, least: least, minimum: w.counted(), places: w.occupied()})
	w.measure(now)
}

func (w *readyWatch) ready() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.counted()
}

// occupied counts the pods of v1 that start, too: they have places that the floor keeps.
func (w *readyWatch) occupied() int {
	n := w.counted()
	for _, p := range w.pods {
		if p.starts && p.version == "v1" {
			n++
		}
	}
	return n
}

// since is what was measured since wants was called.
func (w *readyWatch) since() span {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.spans[len(w.spans)-1]
}

func (w *readyWatch) readyOf(version string) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.pods {
		if p.ready && p.version == version {
			n++
		}
	}
	return n
}

// expectKept asks whether the pods that were wanted were there, but for the time that a pod takes to start.
func (w *readyWatch) expectKept() {
	GinkgoHelper()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.measure(time.Now())
	AddReportEntry("ready pods", fmt.Sprintf("a pod took %s to start at most; %v", w.start.Round(10*time.Millisecond), w.spans))
	for _, s := range w.spans {
		Expect(s.minimum).To(BeNumerically(">=", s.least), "%v", w.spans)
		Expect(s.longest).To(BeNumerically("<=", w.start+reaction), "%v", w.spans)
	}
}

// everReady are the versions that were ready at any time, in order.
func (w *readyWatch) everReady() (versions []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for version, was := range maps.All(w.wasReady) {
		if was {
			versions = append(versions, version)
		}
	}
	return slices.Sorted(slices.Values(versions))
}

// madeUngated are the versions of pods that were made without a gate.
func (w *readyWatch) madeUngated() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Compact(slices.Sorted(slices.Values(w.ungated)))
}

func isReady(p *corev1.Pod) bool {
	return slices.ContainsFunc(p.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}

func versionOf(p *corev1.Pod) string {
	for _, c := range p.Spec.Containers {
		for _, e := range c.Env {
			if e.Name == "VERSION" {
				return e.Value
			}
		}
	}
	return ""
}
