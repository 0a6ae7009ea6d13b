package cli

import (
	"context"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

type result struct {
	code int
	out  string
}

// start runs a command beside the test.
func (b *bed) start(ctx context.Context, args ...string) <-chan result {
	done := make(chan result, 1)
	go func() {
		code, out := b.run(ctx, args...)
		done <- result{code, out}
	}()
	return done
}

func TestWatchEndsWithTheRun(t *testing.T) {
	for phase, code := range map[v1alpha1.CanaryPhase]int{v1alpha1.CanaryPromoted: 0, v1alpha1.CanaryRolledBack: 2} {
		t.Run(string(phase), func(t *testing.T) {
			b := newBed(t, progressing())
			done := b.start(t.Context(), "canary", "watch", "web")
			<-b.watching
			b.update(t, func(c *v1alpha1.Canary) { c.Status.Weight = &v1alpha1.CanaryWeight{Desired: 20} })
			b.update(t, func(c *v1alpha1.Canary) { c.Status.Evidence = &v1alpha1.Evidence{} })
			b.update(t, func(c *v1alpha1.Canary) { c.Status.Phase = phase })
			got := <-done
			if got.code != code || strings.Count(got.out, "\n") != 3 {
				t.Errorf("code %d, want %d; want 3 lines, the running numbers alone give none:\n%s", got.code, code, got.out)
			}
		})
	}
}

func TestWatchOfOneRevision(t *testing.T) {
	ended := progressing()
	ended.Status.Phase = v1alpha1.CanaryPromoted
	b := newBed(t, ended)
	if code, out := b.run(t.Context(), "canary", "watch", "web"); code != 0 {
		t.Errorf("a run that has ended: code %d\n%s", code, out)
	}
	done := b.start(t.Context(), "canary", "watch", "web", "--revision", "r2")
	<-b.watching
	b.update(t, func(c *v1alpha1.Canary) { c.Status.Phase, c.Status.Run.Revision = v1alpha1.CanaryRolledBack, "r2" })
	if got := <-done; got.code != 2 {
		t.Errorf("the other revision was rolled back: code %d\n%s", got.code, got.out)
	}
}

func TestWatchEndsWithItsObject(t *testing.T) {
	b := newBed(t, progressing())
	done := b.start(t.Context(), "canary", "watch", "web")
	<-b.watching
	if err := b.Delete(t.Context(), progressing()); err != nil {
		t.Fatal(err)
	}
	if got := <-done; got.code != 1 || !strings.Contains(got.out, "was deleted") {
		t.Errorf("code %d\n%s", got.code, got.out)
	}
}

func TestWatchIsInterrupted(t *testing.T) {
	b := newBed(t, progressing())
	ctx, cancel := context.WithCancel(t.Context())
	done := b.start(ctx, "canary", "watch", "web")
	<-b.watching
	cancel()
	if got := <-done; got.code != 130 || strings.Contains(got.out, "Error") {
		t.Errorf("code %d\n%s", got.code, got.out)
	}
	if err := b.Get(t.Context(), client.ObjectKeyFromObject(progressing()), progressing()); err != nil {
		t.Error(err)
	}
}

// On a terminal the whole Canary is written anew with each tick, also when nothing changes.
func TestWatchOnATerminal(t *testing.T) {
	b := newBed(t, progressing())
	b.ticks = make(chan time.Time)
	done := b.start(t.Context(), "canary", "watch", "web")
	<-b.watching
	b.ticks <- time.Time{}
	b.ticks <- time.Time{}
	b.update(t, func(c *v1alpha1.Canary) { c.Status.Phase = v1alpha1.CanaryPromoted })
	got := <-done
	if got.code != 0 || strings.Count(got.out, "\x1b[2J") != 1 || strings.Count(got.out, "\x1b[H") != 4 {
		t.Errorf("code %d; want 4 screens:\n%q", got.code, got.out)
	}
	last := got.out[strings.LastIndex(got.out, "\x1b[H"):]
	if strings.Count(last, "Progressing r1") != 1 || strings.Count(last, "Promoted r1") != 1 {
		t.Errorf("the last screen has not both changes:\n%q", last)
	}
	if code, out := b.run(t.Context(), "canary", "watch", "web", "--plain"); code != 0 || strings.Contains(out, "\x1b") {
		t.Errorf("plain: code %d\n%q", code, out)
	}
}
