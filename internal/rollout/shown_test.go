package rollout

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

func insiders() []v1alpha1.RequestMatch {
	return []v1alpha1.RequestMatch{{Headers: []v1alpha1.NamedMatch{{Name: "x-insider"}}}}
}

// blueGreen shows the new version to insiders, and gives it all requests when a person says so.
func blueGreen(t *testing.T) *world {
	w := newWorld(t)
	w.canary.Spec.Preview = insiders()
	w.canary.Spec.Steps = []v1alpha1.CanaryStep{{Duration: seconds(60), Pause: &v1alpha1.StepPause{}}}
	return w
}

// TestBlueGreenWithPreview: insiders meet the new version when its pods serve, others when a person resumes, all at once.
func TestBlueGreenWithPreview(t *testing.T) {
	w := blueGreen(t)
	w.serving = 0
	w.step(time.Second)
	for range 20 {
		w.step(5 * time.Second)
	}
	if s := w.status(); s.Phase != v1alpha1.CanaryProgressing || s.Weight.Preview || s.Position.Step != weightName(0) {
		t.Fatalf("without a serving pod: %s", encode(t, *s))
	}
	w.serving = 4
	w.until("pause", 100, func() bool { return w.status().Pause != nil })
	s := w.status()
	if !s.Weight.Preview || s.Weight.Desired != 0 || s.Run.Preview[0].Headers[0].Name != "x-insider" || s.AcknowledgedAt == nil {
		t.Errorf("shown: %s", encode(t, *s))
	}
	if took := w.now.Sub(s.AcknowledgedAt.Time); took < time.Minute {
		t.Errorf("the pause began %s after the step, which lasts a minute", took)
	}
	for range 100 {
		w.step(time.Hour)
	}
	if w.desired() != 0 || w.status().Phase != v1alpha1.CanaryProgressing {
		t.Fatalf("nobody has promoted: %s", encode(t, *w.status()))
	}
	w.say("1", v1alpha1.ActionResume, "h2")
	w.untilPhase(v1alpha1.CanaryPromoted)
	if !slices.Equal(w.walked[len(w.walked)-2:], []int32{0, 100}) || w.status().Weight.Preview {
		t.Errorf("weights %v, %+v", w.walked, w.status().Weight)
	}
}

// What takes a share away takes the preview away, too, and only then another revision begins.
func TestThePreviewIsTakenAway(t *testing.T) {
	for name, c := range map[string]struct {
		happens func(*world)
		reason  string
	}{
		"abort":          {func(w *world) { w.say("1", v1alpha1.ActionAbort, "h2") }, ReasonAborted},
		"no pod serves":  {func(w *world) { w.serving = 0 }, ReasonNoServingPods},
		"a new revision": {func(w *world) { w.revision = "h3" }, ReasonSuperseded},
	} {
		w := blueGreen(t)
		w.until("preview", 100, func() bool { w.delay = 2; return w.status().Weight != nil && w.status().Weight.Preview })
		c.happens(w)
		w.step(time.Second)
		if s := w.status(); s.Phase != v1alpha1.CanaryRollingBack || s.Weight.Preview || s.Run.Revision != "h2" || s.History[0].Reason != c.reason {
			t.Errorf("%s: %s", name, encode(t, *s))
		}
	}
}

// TestMirrorStep copies requests at weight 0, without the need of outcomes, and stops when the version gets a share.
func TestMirrorStep(t *testing.T) {
	w := newWorld(t)
	mirror := int32(25)
	w.canary.Spec.Steps = append([]v1alpha1.CanaryStep{{Mirror: &mirror, Duration: seconds(600)}}, w.canary.Spec.Steps...)
	w.until("mirror", 100, func() bool { return w.status().Weight != nil && w.status().Weight.Mirror == 25 })
	w.until("acknowledgement", 100, func() bool { return w.status().AcknowledgedAt != nil })
	began := w.status().AcknowledgedAt.Time
	if text := w.message(ReasonStepStarted); !strings.Contains(text, "copies of 25 %") {
		t.Errorf("said %q", text)
	}
	w.untilWeight(5)
	if took := w.now.Sub(began); took < 10*time.Minute || w.status().Weight.Mirror != 0 || w.status().LastVerdict != nil {
		t.Errorf("after %s: %s", took, encode(t, *w.status()))
	}
	w.untilPhase(v1alpha1.CanaryPromoted)
}

// The focus is pinned with the run: an edit of it moves no request before the next one.
func TestFocusIsPinned(t *testing.T) {
	w := newWorld(t)
	w.canary.Spec.Match = insiders()
	w.canary.Spec.Steps[2].Everyone = true
	w.untilWeight(20)
	w.canary.Spec.Match = nil
	w.step(time.Second)
	if s := w.status(); len(s.Run.Match) != 1 || s.Weight.Everyone {
		t.Errorf("at 20: %s", encode(t, *s))
	}
	if text := w.status().Message; !strings.Contains(text, "weight 20 (only of requests that fit spec.match)") {
		t.Errorf("message %q", text)
	}
	w.untilWeight(50)
	if s := w.status(); len(s.Run.Match) != 1 || !s.Weight.Everyone {
		t.Errorf("at 50: %s", encode(t, *s))
	}
	w.untilPhase(v1alpha1.CanaryPromoted)
	w.revision = "h3"
	w.until("the next run", 100, func() bool { return w.status().Run.Revision == "h3" })
	if s := w.status(); s.Run.Match != nil {
		t.Errorf("next run: %s", encode(t, *s))
	}
}

// A proxy that does not take the configuration, such as clusters with the account of the new version, holds the first
// percent back, and the deadline says whose proxy it is [D26].
func TestNoShareBeforeEveryCallerKnowsTheNewVersion(t *testing.T) {
	for name, canary := range map[string]func(*world){
		"a share":   func(*world) {},
		"a preview": func(w *world) { *w.canary = *blueGreen(t).canary },
	} {
		w := newWorld(t)
		canary(w)
		w.silent = true
		w.until("end", 400, func() bool {
			if s := w.status(); s.Weight != nil && (s.Weight.Desired > 0 || s.Weight.Preview) {
				t.Fatalf("%s before the proxy has acknowledged: %s", name, encode(t, *s))
			}
			return w.status().Phase == v1alpha1.CanaryRollingBack
		})
		if r := w.status().History[0]; r.Reason != ReasonAcknowledgementTimeout || !strings.Contains(r.Message, "shop/deaf") {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// TestOnlyThresholdsJudgeAtWeight0 [D24]: of a preview, a bound of the new version's own number counts, and takes the preview
// away. A ratio to the stable version means nothing there and is not read.
func TestOnlyThresholdsJudgeAtWeight0(t *testing.T) {
	ratio := atMostTen()
	ratio.Name, ratio.Max, ratio.MaxRatio = "ratio", nil, quantity("2")
	for name, c := range map[string]struct {
		number float64
		phase  v1alpha1.CanaryPhase
		paused bool
	}{"within": {10, v1alpha1.CanaryProgressing, true}, "out of bounds": {11, v1alpha1.CanaryRolledBack, false}} {
		w := blueGreen(t)
		w.canary.Spec.Steps[0].Duration = seconds(600)
		s := measure(w, value(c.number), atMostTen(), ratio)
		w.until(name, 400, func() bool { return w.status().Pause != nil || w.status().Phase == v1alpha1.CanaryRolledBack })
		if w.status().Phase != c.phase || (w.status().Pause != nil) != c.paused || w.desired() != 0 {
			t.Errorf("%s: %s", name, encode(t, *w.status()))
		}
		if len(s.asked) == 0 || slices.ContainsFunc(s.asked, func(m Measure) bool { return m.Metric != "queue" }) {
			t.Errorf("%s: asked %v", name, s.asked)
		}
	}
}
