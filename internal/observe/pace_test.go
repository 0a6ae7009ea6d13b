package observe

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// start is some moment.
var start = time.Unix(1000, 0)

func TestFirstEventIsLookedAtAtOnce(t *testing.T) {
	var p Pace
	if _, wait, begun := p.Begin(start); begun || wait != 0 {
		t.Fatalf("nothing was seen: begun %v, wait %s", begun, wait)
	}
	p.Note("a", start)
	p.Note("b", start.Add(time.Second))
	if seen, _, begun := p.Begin(start.Add(time.Second)); !begun || !seen.Equal(start) {
		t.Fatalf("begun %v, first event at %s; want that at %s", begun, seen, start)
	}
	p.End(start.Add(time.Second), false)
	if _, _, begun := p.Begin(start.Add(time.Hour)); begun {
		t.Fatal("looked at the same events twice")
	}
}

func TestFailedRunIsNotDone(t *testing.T) {
	var p Pace
	p.Note("a", start)
	p.Begin(start)
	p.End(start, true)
	if seen, _, begun := p.Begin(start.Add(mostGap)); !begun || !seen.Equal(start) {
		t.Fatalf("begun %v, first event at %s; want that at %s", begun, seen, start)
	}
}

// One namespace changes all the time. Each change of another, which is quiet, waits for a run that is under way and its
// rest, and not for the gap of the first.
func TestQuietNamespaceDoesNotWaitForBusyOne(t *testing.T) {
	const run = 20 * time.Millisecond
	var p Pace
	now, busyRuns := start, 0
	for range 50 {
		p.Note("busy", now)
		_, wait, begun := p.Begin(now)
		if !begun {
			if wait > 4*run {
				t.Fatalf("the busy namespace waits %s, more than the gap %s", wait, 4*run)
			}
			now = now.Add(wait)
			continue
		}
		busyRuns++
		now = now.Add(run)
		p.End(now, false)
	}
	if busyRuns > 30 {
		t.Errorf("%d of 50 events of the busy namespace made a run: they were not merged", busyRuns)
	}
	p.Note("quiet", now)
	if _, wait, begun := p.Begin(now); !begun && wait > run {
		t.Fatalf("the quiet namespace waits %s, more than the rest of a run, %s", wait, run)
	}
}

// Whatever comes: no event is forgotten, none waits longer than the ceiling, and after each run the loop rests as long as
// it ran.
func TestPaceHasCeilingAndRests(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p Pace
		now, rested := start, start
		pending := map[string]bool{}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 40).Draw(t, "pause")) * time.Millisecond)
			if rapid.Bool().Draw(t, "event") {
				namespace := fmt.Sprint(rapid.IntRange(0, 3).Draw(t, "namespace"))
				p.Note(namespace, now)
				pending[namespace] = true
			}
			_, wait, begun := p.Begin(now)
			if begun != (len(pending) > 0 && wait == 0) || wait > mostGap {
				t.Fatalf("begun %v with %d namespaces waiting, wait %s", begun, len(pending), wait)
			}
			if !begun {
				continue
			}
			if now.Before(rested) {
				t.Fatalf("a run begins %s before the rest ends", rested.Sub(now))
			}
			clear(pending)
			took := time.Duration(rapid.IntRange(0, 1500).Draw(t, "took")) * time.Millisecond
			now = now.Add(took)
			rested = now.Add(min(took, mostGap))
			p.End(now, false)
		}
	})
}
