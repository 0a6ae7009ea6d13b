package rollout

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// world is a small simulated cluster around one Canary: proxies that acknowledge after some calls, pods of two versions
// with error rates, and callers.
type world struct {
	t      failer
	canary *v1alpha1.Canary
	now    time.Time
	random *rand.Rand

	revision               string // newest of the canary workload
	stable, serving, total int    // serving pods of both versions, and all of the canary's
	nextStable             int
	config                 string // hash of what the canary's pods are configured by

	proxies    int32
	delay      int  // calls until the stored step is acknowledged
	silent     bool // one proxy never acknowledges
	undecided  bool
	frozen     bool
	perSecond  int // requests
	dropped    uint64
	badStable  float64 // error rates
	badCanary  float64
	failing    int                        // pods of the canary with errors; 0: all
	share      func(weight int32) float64 // of requests that reach the canary
	reason     string                     // of errors
	edge       time.Duration              // that requests are compared with; 0: none
	slowStable float64                    // parts of the requests that take longer
	slowCanary float64
	calls      int          // since the step was stored
	inForce    int32        // weight that proxies have
	events     []Event      // of all calls
	walked     []int32      // weights in order
	beforeNext func(*Input) // last changes to the input
	afterNext  func(Decision)
}

type failer interface {
	Helper()
	Fatalf(string, ...any)
}

func newWorld(t failer) *world {
	steps := []v1alpha1.CanaryStep{{Weight: 5}, {Weight: 20}, {Weight: 50}}
	return &world{
		t: t,
		canary: &v1alpha1.Canary{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "reviews", UID: "u1", Generation: 1},
			Spec: v1alpha1.CanarySpec{
				Service:   v1alpha1.ServiceReference{Name: "reviews"},
				Workloads: workloads("v1", "v2"),
				Steps:     steps,
			},
		},
		now:       time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.UTC),
		random:    rand.New(rand.NewPCG(1, 2)),
		revision:  "h2",
		stable:    4,
		serving:   4,
		total:     4,
		proxies:   3,
		delay:     2,
		perSecond: 200,
		badStable: 0.001,
		badCanary: 0.001,
		share:     func(w int32) float64 { return float64(w) / 100 },
		reason:    "5xx",
	}
}

func workloads(stable, canary string) *v1alpha1.CanaryWorkloads {
	version := func(v string) v1alpha1.PodSelector {
		return v1alpha1.PodSelector{MatchLabels: map[string]string{"version": v}}
	}
	return &v1alpha1.CanaryWorkloads{Stable: version(stable), Canary: version(canary)}
}

func (w *world) status() *v1alpha1.CanaryStatus { return &w.canary.Status }

func (w *world) desired() int32 {
	if w.status().Weight == nil {
		return 0
	}
	return w.status().Weight.Desired
}

// step lets time pass and decides once. The decision of a restarted operator, which has only what was stored, must be
// the same.
func (w *world) step(d time.Duration) Decision {
	w.t.Helper()
	w.now = w.now.Add(d)
	in := w.input(d)
	before := encode(w.t, w.canary.Status)
	got := Next(in)
	restarted := in
	restarted.Canary = w.canary.DeepCopy()
	restarted.Canary.Status = decode(w.t, before)
	again := Next(restarted)
	if a, b := encode(w.t, got.Status), encode(w.t, again.Status); a != b || !slices.Equal(got.Events, again.Events) {
		w.t.Fatalf("a restart changes the decision:\n%s\n%s", a, b)
	}
	if encode(w.t, w.canary.Status) != before {
		w.t.Fatalf("the input was changed")
	}
	w.check(got.Status)
	w.store(got)
	if w.afterNext != nil {
		w.afterNext(got)
	}
	return got
}

func (w *world) store(d Decision) {
	if p, was := d.Status.Position, w.status().Position; p != nil && (was == nil || p.Sequence != was.Sequence) {
		w.calls = 0
		w.walked = append(w.walked, d.Status.Weight.Desired)
	}
	w.canary.Status = d.Status
	w.events = append(w.events, d.Events...)
}

func (w *world) input(d time.Duration) Input {
	w.calls++
	in := Input{
		Canary:     w.canary,
		Revision:   w.revision,
		Config:     w.config,
		Serving:    Serving{Stable: w.stable, Canary: w.serving, NextStable: w.nextStable},
		CanaryPods: w.total,
		Acks:       w.acks(),
		Decidable:  !w.undecided,
		Batch:      w.batch(int(d / time.Second)),
		Frozen:     w.frozen,
		Now:        w.now,
	}
	if in.Acks.Complete() {
		w.inForce = w.desired()
	}
	if w.beforeNext != nil {
		w.beforeNext(&in)
	}
	return in
}

func (w *world) acks() v1alpha1.Acknowledgement {
	switch {
	case w.calls <= w.delay:
		return v1alpha1.Acknowledgement{Total: w.proxies, Pending: []string{"shop/a"}}
	case w.silent:
		return v1alpha1.Acknowledgement{Acknowledged: w.proxies - 1, Total: w.proxies, Pending: []string{"shop/deaf"}}
	}
	return v1alpha1.Acknowledgement{Acknowledged: w.proxies, Total: w.proxies}
}

// canaryPods begin with this address.
const canaryPods = "10.0.2."

// batch draws the outcomes of some seconds at the weight that is in force.
func (w *world) batch(seconds int) Batch {
	const most = 30 // a longer silence loses the rest
	b := Batch{Stable: Arm{Pods: map[string]PodCounts{}}, Canary: Arm{Pods: map[string]PodCounts{}}, Dropped: w.dropped,
		Duration: time.Duration(min(seconds, most)) * time.Second}
	for range min(seconds, most) {
		bad := map[string]bool{}
		for range w.perSecond {
			if w.random.Float64() < w.share(w.inForce) {
				w.request(b.Canary, canaryPods, w.serving, w.badCanary, w.failing, bad)
			} else {
				w.request(b.Stable, "10.0.1.", w.stable, w.badStable, 0, bad)
			}
		}
	}
	return b
}

func (w *world) request(arm Arm, prefix string, pods int, rate float64, failing int, bad map[string]bool) {
	if pods == 0 {
		return
	}
	at := w.random.IntN(pods)
	address := prefix + strconv.Itoa(at)
	p := arm.Pods[address]
	p.Requests++
	if w.random.Float64() < rate && (failing == 0 || at < failing) {
		p.Errors++
		if p.Reasons == nil {
			p.Reasons = map[string]int64{}
		}
		p.Reasons[w.reason]++
		if !bad[address] {
			bad[address] = true
			p.LeastErrorSeconds++
			p.MostErrorSeconds++
		}
	}
	if w.edge > 0 {
		slow, rate := p.Slow[w.edge], w.slowStable
		if prefix == canaryPods {
			rate = w.slowCanary
		}
		slow.Requests++
		if w.random.Float64() < rate {
			slow.Slow++
			if !bad[address+" slow"] {
				bad[address+" slow"] = true
				slow.LeastSeconds++
				slow.MostSeconds++
			}
		}
		p.Slow = map[time.Duration]SlowCounts{w.edge: slow}
	}
	arm.Pods[address] = p
}

// check holds for every decision.
func (w *world) check(s v1alpha1.CanaryStatus) {
	w.t.Helper()
	if s.Weight == nil {
		return
	}
	d, a, was := s.Weight.Desired, s.Weight.Acknowledged, w.status()
	if before, now := was.Run, s.Run; before != nil && now != nil && before.Revision == now.Revision && before.StartedAt.Equal(&now.StartedAt) &&
		!before.StableLatency.Open() && !slices.Equal(before.LatencyEdges, now.LatencyEdges) {
		w.t.Fatalf("the durations of a run became %v, they were %v", now.LatencyEdges, before.LatencyEdges)
	}
	if before := was.Weight; s.Weight.Preview && !before.Preview && (w.serving == 0 || s.Phase != v1alpha1.CanaryProgressing) {
		w.t.Fatalf("a preview in phase %s, with %d serving pods", s.Phase, w.serving)
	}
	if s.Weight.Mirror > 0 && d > 0 {
		w.t.Fatalf("copies at weight %d", d)
	}
	if d < 0 || d > 100 || a < 0 || a > 100 {
		w.t.Fatalf("weight %+v", *s.Weight)
	}
	if was.Weight == nil || d <= was.Weight.Desired {
		return
	}
	all := weights(&w.canary.Spec, a)
	if highest := all[min(slices.Index(all, a)+1, len(all)-1)]; d > highest {
		w.t.Fatalf("weight %d is wanted while only %d is acknowledged; the step after that is %d", d, a, highest)
	}
	if w.serving == 0 {
		w.t.Fatalf("weight %d was raised without a serving pod", d)
	}
}

func (w *world) until(what string, limit int, is func() bool) {
	w.t.Helper()
	for range limit {
		if is() {
			return
		}
		w.step(5 * time.Second)
	}
	if !is() {
		w.t.Fatalf("%s: not after %d looks; %s", what, limit, encode(w.t, *w.status()))
	}
}

func (w *world) untilPhase(p v1alpha1.CanaryPhase) {
	w.t.Helper()
	w.until(string(p), 400, func() bool { return w.status().Phase == p })
}

func (w *world) untilWeight(weight int32) {
	w.t.Helper()
	w.until(weightName(weight), 400, func() bool { return w.desired() == weight })
}

// untilAcknowledged lets all replicas report until the proxies have acknowledged, and then no longer.
func (w *world) untilAcknowledged() {
	w.t.Helper()
	w.undecided = false
	w.until("acknowledgement", 100, func() bool { return w.status().AcknowledgedAt != nil })
	w.undecided = true
}

func (w *world) say(id string, action v1alpha1.Action, revision string) {
	w.order(v1alpha1.Command{ID: id, Action: action, Actor: "jane", Revision: revision})
}

func (w *world) order(c v1alpha1.Command) {
	text, err := json.Marshal(c)
	if err != nil {
		w.t.Fatalf("%v", err)
	}
	w.canary.Annotations = map[string]string{v1alpha1.AnnotationCommand: string(text)}
}

func (w *world) count(reason string) int {
	n := 0
	for _, e := range w.events {
		if e.Reason == reason {
			n++
		}
	}
	return n
}

func (w *world) message(reason string) string {
	for _, e := range slices.Backward(w.events) {
		if e.Reason == reason {
			return e.Message
		}
	}
	return ""
}

func (w *world) wants(t *testing.T, reasons ...string) {
	t.Helper()
	for _, r := range reasons {
		if w.count(r) == 0 {
			t.Errorf("no event %s", r)
		}
	}
}

func encode(t failer, s v1alpha1.CanaryStatus) string {
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	return string(text)
}

func decode(t failer, text string) (s v1alpha1.CanaryStatus) {
	if err := json.NewDecoder(strings.NewReader(text)).Decode(&s); err != nil {
		t.Fatalf("decode: %v", err)
	}
	return s
}

func quantity(s string) *resource.Quantity {
	q := resource.MustParse(s)
	return &q
}

func seconds(n int) *metav1.Duration {
	return &metav1.Duration{Duration: time.Duration(n) * time.Second}
}
