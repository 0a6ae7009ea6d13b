package view

import (
	"math/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

func healthy() Fleet {
	return Fleet{
		Operators: []Operator{{Namespace: "weft-system", Name: "weft-operator", Ready: 2, Wanted: 2}},
		Meshes:    []v1alpha1.Mesh{exampleMesh()}, Policies: []v1alpha1.Policy{examplePolicy()}, Canaries: []v1alpha1.Canary{exampleCanary()},
	}
}

// troubled has one of each trouble that a status shows.
func troubled() Fleet {
	f := healthy()
	f.Operators[0].Ready = 1
	m := &f.Meshes[0]
	m.Status.Conditions = conditions(false, "rejected by shop/web-x: no such filter")
	m.Status.Proxies = &v1alpha1.Acknowledgement{
		Acknowledged: 2, Total: 15, Pending: []string{"shop/a", "shop/b"}, Rejected: []v1alpha1.Rejection{{Pod: "shop/web-x", Reason: "no such filter"}},
	}
	m.Status.Routes = []v1alpha1.RouteStatus{
		{Namespace: "shop", Name: "good", Acknowledgement: v1alpha1.Acknowledgement{Acknowledged: 3, Total: 3}},
		{Namespace: "shop", Name: "late", Acknowledgement: v1alpha1.Acknowledgement{Acknowledged: 1, Total: 3}},
		{Namespace: "shop", Name: "odd", Reason: "Unsupported: a filter", Acknowledgement: v1alpha1.Acknowledgement{}},
	}
	m.Status.Warnings = []v1alpha1.Warning{{Kind: "Service", Namespace: "shop", Name: "cart", Field: "spec.ports.appProtocol",
		Reason: "ProtocolUndeclared", Message: "port 80 declares no protocol, so it is treated as TCP"}}
	p := &f.Policies[0]
	p.Status.Proxies = &v1alpha1.Acknowledgement{Acknowledged: 1, Total: 2, Pending: []string{"shop/reviews-v1-x"}}
	p.Status.Position = &v1alpha1.Position{Step: "ApplyEnvoy", WaitingFor: "1 of 2 proxies"}
	f.Policies = append(f.Policies, v1alpha1.Policy{ObjectMeta: metav1.ObjectMeta{Namespace: "pay", Name: "new", Generation: 1}})
	c := &f.Canaries[0]
	c.Generation = 2
	c.Status.Weight.Acknowledged = 5
	return f
}

func TestStatus(t *testing.T) {
	golden(t, "healthy", Status(healthy(), now))
	golden(t, "troubled", Status(troubled(), now))
	golden(t, "empty", Status(Fleet{Namespace: "shop"}, now))
}

func TestProblems(t *testing.T) {
	if got := healthy().Problems(); len(got) != 0 {
		t.Errorf("a healthy fleet has problems: %q", got)
	}
	want := []string{
		"operator weft-system/weft-operator: 1 of 2 replicas are ready",
		"Mesh default: not Ready (Rejected): rejected by shop/web-x: no such filter",
		"Policy pay/new: the operator has not looked at it yet",
		"Canary shop/reviews: the operator has not looked at generation 2 yet",
	}
	if diff := cmp.Diff(want, troubled().Problems()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := (Fleet{}).Problems(); !slices.Equal(got, []string{"there is no Mesh"}) {
		t.Errorf("without a Mesh: %q", got)
	}
}

func TestCanary(t *testing.T) {
	running := exampleCanary()
	golden(t, "canary", Canary(&running, now))

	held := exampleCanary()
	held.Status.Deadline = nil
	held.Status.Pause = &v1alpha1.CanaryPause{By: "ada", Since: ago(time.Minute), Remaining: metav1.Duration{Duration: 9 * time.Minute}}
	held.Status.Gates = []v1alpha1.GateResult{{Name: "pause", State: v1alpha1.GateOpen, Message: "by eve", Time: ago(90 * time.Second)}}
	golden(t, "paused", Canary(&held, now))

	wave := exampleCanary()
	wave.Status.Hold = &v1alpha1.CanaryHold{
		StableHashes: []string{"5c3e7"}, PromotingHash: "6d4f8", Wave: 2, Size: 1, Replicas: 4, StableReady: 2, Admitted: 3, Waiting: 1,
		Findings: []v1alpha1.HoldFinding{{Level: v1alpha1.LevelInfo, Reason: "MaxUnavailableSet", Message: "maxUnavailable lets 1 of 4 pods go"}},
	}
	golden(t, "held", Canary(&wave, now))

	back := exampleCanary()
	back.Status.Phase, back.Status.Message, back.Status.Rejected = v1alpha1.CanaryRolledBack, "11 of 200 requests failed", "6d4f8"
	back.Status.LastCommand.Refused = "nothing is in progress"
	golden(t, "rolledback", Canary(&back, now))

	fresh := v1alpha1.Canary{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "new"}}
	golden(t, "fresh", Canary(&fresh, now))
}

// The order in which objects arrive changes nothing, and what came in is not changed.
func TestStatusIsDeterministic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := troubled()
		for _, name := range rapid.SliceOfNDistinct(rapid.StringMatching(`[a-d]{1,2}`), 0, 6, rapid.ID).Draw(t, "names") {
			f.Policies = append(f.Policies, v1alpha1.Policy{ObjectMeta: metav1.ObjectMeta{Namespace: "x", Name: name}})
		}
		want := Status(f, now)
		shuffled := slices.Clone(f.Policies)
		rand.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		kept := slices.Clone(shuffled)
		f.Policies = shuffled
		if diff := cmp.Diff(want, Status(f, now)); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(kept, shuffled); diff != "" {
			t.Fatalf("the input was changed:\n%s", diff)
		}
	})
}

func TestMark(t *testing.T) {
	before := exampleCanary()
	cases := map[string]struct {
		edit func(*v1alpha1.Canary)
		news bool
	}{
		"Counts":       {func(c *v1alpha1.Canary) { c.Status.Evidence.Canary.Requests++; c.Status.LastVerdict.Canary.Requests++ }, false},
		"Observed":     {func(c *v1alpha1.Canary) { c.Status.Weight.Observed = nil }, false},
		"Phase":        {func(c *v1alpha1.Canary) { c.Status.Phase = v1alpha1.CanaryPromoted }, true},
		"Weight":       {func(c *v1alpha1.Canary) { c.Status.Weight.Desired = 50 }, true},
		"Acknowledged": {func(c *v1alpha1.Canary) { c.Status.Weight.Acknowledged = 0 }, true},
		"Waiting":      {func(c *v1alpha1.Canary) { c.Status.Position.WaitingFor = "time" }, true},
		"Verdict":      {func(c *v1alpha1.Canary) { c.Status.LastVerdict.Result = v1alpha1.VerdictFail }, true},
		"Pause":        {func(c *v1alpha1.Canary) { c.Status.Pause = &v1alpha1.CanaryPause{By: "ada"} }, true},
		"Gate":         {func(c *v1alpha1.Canary) { c.Status.Gates = []v1alpha1.GateResult{{Name: "pause"}} }, true},
		"Command":      {func(c *v1alpha1.Canary) { c.Status.LastCommand.ID = "x" }, true},
		"Revision":     {func(c *v1alpha1.Canary) { c.Status.Run.Revision = "7e5a9" }, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			after := before.DeepCopy()
			tc.edit(after)
			if news := Mark(&before) != Mark(after); news != tc.news {
				t.Errorf("news: %v, want %v", news, tc.news)
			}
		})
	}
}

func TestLine(t *testing.T) {
	c := exampleCanary()
	want := "12:00:01  Progressing 6d4f8  step 2 of 4  weight 20 % wanted, 20 % acknowledged, 19.87 % observed  waiting for 100 requests" +
		"  verdict Inconclusive (TooFewRequests), new 3 (0.33 %) of 900, stable 9 (0.10 %) of 9000"
	if diff := cmp.Diff(want, Line(&c, now.Add(time.Second))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEnded(t *testing.T) {
	ended := exampleCanary()
	ended.Status.Phase = v1alpha1.CanaryPromoted
	running := exampleCanary()
	edited := ended
	edited.Generation++
	unpinned := ended
	unpinned.Status.Run = nil
	cases := map[string]struct {
		canary   v1alpha1.Canary
		revision string
		want     bool
	}{
		"Running":       {running, "", false},
		"Promoted":      {ended, "", true},
		"ThisRevision":  {ended, "6d4f8", true},
		"OtherRevision": {ended, "7e5a9", false},
		"FromHistory":   {unpinned, "5c3e7", true},
		"Edited":        {edited, "", false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := Ended(&tc.canary, tc.revision); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

// A weight that is not that of all requests is never shown as if it were [D20].
func TestAFocusIsShownBesideTheWeight(t *testing.T) {
	c := exampleCanary()
	match := []v1alpha1.RequestMatch{{Headers: []v1alpha1.NamedMatch{{Name: "x-user"}}}}
	c.Status.Run.Match, c.Status.Run.Preview, c.Status.Weight.Preview = match, match, true
	const words = "(only of requests that fit spec.match), and all requests that fit spec.preview"
	for name, text := range map[string]string{"status": Canary(&c, now), "explain": Explain(&c, nil, now)} {
		if !strings.Contains(text, words) {
			t.Errorf("%s does not say %q:\n%s", name, words, text)
		}
	}
	c.Status.Weight.Everyone, c.Status.Weight.Preview = true, false
	if text := Canary(&c, now) + Explain(&c, nil, now); strings.Contains(text, "spec.match") {
		t.Errorf("at a step for everyone:\n%s", text)
	}
}

func TestExplain(t *testing.T) {
	events := []corev1.Event{
		{Reason: "StepAcknowledged", Message: "weight 20 is acknowledged by 3 proxies", LastTimestamp: ago(time.Minute)},
		{Reason: "StepStarted", Message: "revision 6d4f8 gets weight 20", LastTimestamp: ago(2 * time.Minute)},
	}
	running := exampleCanary()
	running.Status.Position.WaitingFor = "Requests: 60 of 100 requests"
	running.Spec.Webhooks = []v1alpha1.CanaryWebhook{{Name: "tests"}}
	running.Spec.Steps[1].Pause = &v1alpha1.StepPause{}
	golden(t, "explain", Explain(&running, events, now))

	ratio := resource.MustParse("1.25")
	slow := exampleCanary()
	slow.Spec.Analysis = &v1alpha1.CanaryAnalysis{Latency: &v1alpha1.CanaryLatency{ToleratedRatio: &ratio}}
	slow.Status.Run.LatencyEdges = []metav1.Duration{{Duration: 250 * time.Millisecond}}
	slow.Status.Evidence.Run = slow.Status.Run.Revision
	slow.Status.Evidence.Tests = append(slow.Status.Evidence.Tests, v1alpha1.TestState{
		Metric: "latency 250ms", Canary: v1alpha1.Tested{Requests: 880, Events: 10}, Stable: v1alpha1.Tested{Requests: 8800, Events: 90},
	})
	const line = "new: 10 of 880 requests took longer than 250ms; stable: 90 of 8800; 1.25 times the odds are tolerated"
	if got := Explain(&slow, nil, now); !strings.Contains(got, line) {
		t.Errorf("without %q:\n%s", line, got)
	}

	held := running
	held.Status.Deadline = nil
	held.Status.Pause = &v1alpha1.CanaryPause{By: "ada", Since: ago(time.Minute), Remaining: metav1.Duration{Duration: 9 * time.Minute}}
	held.Status.Position = &v1alpha1.Position{Step: "weight 20", Since: ago(2 * time.Minute), WaitingFor: "Paused: by ada"}
	golden(t, "explain-paused", Explain(&held, nil, now))

	copied, some := exampleCanary(), int32(10)
	copied.Spec.Steps = append([]v1alpha1.CanaryStep{{Mirror: &some}}, copied.Spec.Steps...)
	copied.Status.Weight = &v1alpha1.CanaryWeight{}
	copied.Status.Position.Step = "weight 0"
	if got := Explain(&copied, nil, now); !strings.Contains(got, "The first step follows when") || strings.Contains(got, "have passed since then") {
		t.Errorf("before a step of weight 0:\n%s", got)
	}

	back := exampleCanary()
	back.Status.Phase, back.Status.Message, back.Status.Rejected = v1alpha1.CanaryRolledBack, "11 of 200 requests failed", "6d4f8"
	golden(t, "explain-rolledback", Explain(&back, nil, now))

	refused := exampleCanary()
	refused.Status.Conditions = append(refused.Status.Conditions, metav1.Condition{
		Type: v1alpha1.ConditionAccepted, Status: metav1.ConditionFalse, Reason: "Conflict", Message: "Service reviews already has the Canary older",
	})
	if got := headline(&refused); got != "it is not honoured (Conflict): Service reviews already has the Canary older" {
		t.Error(got)
	}
	if got := headline(&v1alpha1.Canary{}); got != "the operator has not looked at it yet" {
		t.Error(got)
	}
}

// A text of the cluster can't act on the terminal.
func TestTextsAreHarmless(t *testing.T) {
	c := exampleCanary()
	c.Status.LastCommand.Actor, c.Status.Position.WaitingFor, c.Status.Message = "eve\x1b[2J", "Paused: by eve\x1b[2J", "\u009b2J"
	f := healthy()
	f.Canaries = []v1alpha1.Canary{c}
	events := []corev1.Event{{Message: "\x1b]0;title\a"}}
	for name, text := range map[string]string{"status": Status(f, now), "canary": Canary(&c, now), "explain": Explain(&c, events, now), "line": Line(&c, now)} {
		if strings.ContainsAny(text, "\x1b\a\u009b") {
			t.Errorf("%s: %q", name, text)
		}
	}
}

func TestScreen(t *testing.T) {
	c := exampleCanary()
	c.Status.Weight.Acknowledged = 5
	c.Status.Message = "red \x1b[31m and \u009b2J"
	got := Screen(&c, []string{"a change"}, now)
	if !strings.HasPrefix(got, "[##--------"+strings.Repeat(" ", 40)+"] 20 %\x1b[K\n") || !strings.Contains(got, "red ?[31m and ?2J\x1b[K\n") ||
		!strings.HasSuffix(got, "  a change\x1b[K\n\x1b[J") {
		t.Errorf("%q", got)
	}
}
