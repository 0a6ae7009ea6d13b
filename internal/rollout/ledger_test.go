package rollout

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var monday = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

func counter(version, host, outcome string, requests, seconds uint64) Counter {
	return Counter{Route: "judged/shop/reviews", Cluster: "shop/reviews/8080/version=" + version, Host: host, Outcome: outcome,
		Requests: requests, BadSeconds: seconds}
}

func report(pod, boot string, counters ...Counter) Report {
	return Report{Pod: pod, Boot: boot, Counters: counters}
}

func TestLedgerTakesDifferences(t *testing.T) {
	l := NewLedger("shop", "reviews")
	first, l := l.Diff([]Report{report("a", "1", counter("v2", "10.0.0.1:80", "ok", 100, 0))}, Rules{}, monday)
	if len(first.Subsets) != 0 {
		t.Errorf("the first sight took %+v", first)
	}
	reports := []Report{report("a", "1",
		counter("v2", "10.0.0.1:80", "ok", 110, 0),
		counter("v2", "10.0.0.1:80", "5xx", 4, 2),
		counter("v2", "10.0.0.1:80", "refused", 3, 3),
		counter("v1", "10.0.0.2:80", "ok", 7, 0),
		Counter{Route: "judged/shop/other", Cluster: "shop/reviews/8080/version=v2", Requests: 5, Outcome: "ok"},
		Counter{Route: "judged/shop/reviews", Requests: 5, Outcome: "no-endpoint"},
	)}
	reports[0].Dropped = 9
	got, l := l.Diff(reports, Rules{}, monday)
	want := Tally{Dropped: 9, Subsets: map[string]Arm{
		"version=v1": {Pods: map[string]PodCounts{"10.0.0.2": {Requests: 7}}},
		"version=v2": {Pods: map[string]PodCounts{"10.0.0.1": {Requests: 17, Errors: 7, LeastErrorSeconds: 3,
			MostErrorSeconds: 5, Reasons: map[string]int64{"5xx": 4, "refused": 3}}}},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	again, _ := l.Diff(reports, Rules{}, monday)
	if len(again.Subsets) != 0 || again.Dropped != 0 {
		t.Errorf("taken twice: %+v", again)
	}
}

// TestLedgerTakesSlowRequestsByEdge has one agent of this release and one that knows no edges.
func TestLedgerTakesSlowRequestsByEdge(t *testing.T) {
	slow := func(outcome string, requests uint64, slow, seconds []uint64) Counter {
		c := counter("v2", "10.0.0.1:80", outcome, requests, 1)
		c.Route, c.Slow, c.SlowSeconds = "judged/shop/reviews/100ms,1s", slow, seconds
		return c
	}
	l := NewLedger("shop", "reviews")
	_, l = l.Diff([]Report{report("a", "1", slow("ok", 100, []uint64{50, 1}, []uint64{20, 1})), report("b", "1")}, Rules{}, monday)
	tally, l := l.Diff([]Report{
		report("a", "1",
			slow("ok", 110, []uint64{55, 2}, []uint64{22, 2}),
			slow("abandoned", 4, []uint64{3, 0}, []uint64{1, 0}),
			slow("5xx", 7, []uint64{9, 9}, []uint64{9, 9})), // more slow ones than requests: no agent of ours
		report("b", "1", slow("ok", 30, nil, nil)),
	}, Rules{Objective: 100 * time.Millisecond}, monday.Add(3*time.Second))
	want := PodCounts{Requests: 51, Errors: 10, LeastErrorSeconds: 1, MostErrorSeconds: 2,
		Reasons: map[string]int64{"abandoned": 3, "5xx": 7},
		Slow: map[time.Duration]SlowCounts{
			100 * time.Millisecond: {Requests: 21, Slow: 15, LeastSeconds: 9, MostSeconds: 12},
			time.Second:            {Requests: 21, Slow: 8, LeastSeconds: 9, MostSeconds: 10},
		}}
	if diff := cmp.Diff(want, tally.Subsets["version=v2"].Pods["10.0.0.1"]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if tally.Duration != 3*time.Second {
		t.Errorf("counted in %s", tally.Duration)
	}
	b := tally.Batch("version=v1", "version=v2", func(string) bool { return true })
	cold := b.Warm(func(string) bool { return false }).Canary.Pods["10.0.0.1"]
	if cold.Slow != nil || cold.Errors != 10 || b.Canary.Pods["10.0.0.1"].Slow == nil {
		t.Errorf("a young pod: %+v", cold)
	}
	again, _ := l.Diff([]Report{report("a", "1", slow("ok", 110, []uint64{55, 2}, []uint64{22, 2}))}, Rules{}, monday)
	if len(again.Subsets) != 0 {
		t.Errorf("taken twice: %+v", again)
	}
}

func TestBatchHasOnlyPodsOfThePinnedRevision(t *testing.T) {
	tally := Tally{Dropped: 1, Subsets: map[string]Arm{
		"version=v1": {Pods: map[string]PodCounts{"a": {Requests: 1}}},
		"version=v2": {Pods: map[string]PodCounts{"b": {Requests: 2}, "old": {Requests: 3}, "": {Requests: 4}}},
	}}
	got := tally.Batch("version=v1", "version=v2", func(a string) bool { return a == "b" })
	want := Batch{Dropped: 1,
		Stable: Arm{Pods: map[string]PodCounts{"a": {Requests: 1}}},
		Canary: Arm{Pods: map[string]PodCounts{"b": {Requests: 2}, "": {Requests: 4}}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAgentThatStartsAnew(t *testing.T) {
	for _, c := range []struct {
		name  string
		after time.Duration
		want  int64
	}{
		{"soon after the ledger, a predecessor may have counted it", 10 * time.Second, 0},
		{"later, all that it has counted is new", 2 * time.Minute, 8},
	} {
		ok := func(boot string, n uint64) []Report {
			return []Report{report("a", boot, counter("v2", "10.0.0.1:80", "ok", n, 0))}
		}
		_, l := NewLedger("shop", "reviews").Diff(ok("1", 100), Rules{}, monday)
		tally, l := l.Diff(ok("2", 8), Rules{}, monday.Add(c.after))
		if got := tally.Subsets["version=v2"].requests(); got != c.want {
			t.Errorf("%s: took %d, want %d", c.name, got, c.want)
		}
		late, l := l.Diff(ok("1", 200), Rules{}, monday.Add(c.after))
		next, _ := l.Diff(ok("2", 10), Rules{}, monday.Add(c.after))
		if late.Subsets["version=v2"].requests() != 0 || next.Subsets["version=v2"].requests() != 2 {
			t.Errorf("%s: a late report of the old start took %+v, then %+v", c.name, late, next)
		}
	}
}

func TestNewPodBeginsWithABaseline(t *testing.T) {
	_, l := NewLedger("shop", "reviews").Diff(nil, Rules{}, monday)
	later := monday.Add(time.Hour)
	tally, l := l.Diff([]Report{report("b", "1", counter("v2", "h:1", "ok", 50, 0))}, Rules{}, later)
	if got := tally.Subsets["version=v2"].requests(); got != 0 {
		t.Errorf("took %d", got)
	}
	l = l.Keep(func(pod string) bool { return pod == "b" })
	tally, _ = l.Diff([]Report{report("b", "1", counter("v2", "h:1", "ok", 60, 0))}, Rules{}, later)
	if got := tally.Subsets["version=v2"].requests(); got != 10 {
		t.Errorf("took %d, want 10", got)
	}
}

// Whatever is lost, repeated, late or restarted: no ledgers in a row take more than was counted.
func TestNothingIsTakenTwice(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		l, now := NewLedger("shop", "reviews"), monday
		counted, taken := map[string]uint64{}, int64(0)
		boot, past := map[string]int{}, []Report(nil)
		total := uint64(0)
		for range rapid.IntRange(1, 60).Draw(r, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 90).Draw(r, "seconds")) * time.Second)
			pod := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(r, "pod")
			switch rapid.IntRange(0, 9).Draw(r, "what") {
			case 0:
				boot[pod]++
				counted[pod] = 0
			case 1: // another leader: all reports that are at hand are its baseline
				l = NewLedger("shop", "reviews")
				past = past[:0]
				var all []Report
				for _, p := range []string{"a", "b", "c"} {
					all = append(all, report(p, fmt.Sprint(boot[p]), counter("v2", "h:1", "ok", counted[p], 0)))
				}
				var first Tally
				first, l = l.Diff(all, Rules{}, now)
				taken += first.Subsets["version=v2"].requests()
			case 2, 3: // a report that comes late
				if len(past) > 0 {
					var tally Tally
					old := rapid.SampledFrom(past).Draw(r, "late")
					tally, l = l.Diff([]Report{old, old}, Rules{}, now)
					taken += tally.Subsets["version=v2"].requests()
				}
			default:
				n := rapid.Uint64Range(0, 20).Draw(r, "requests")
				counted[pod], total = counted[pod]+n, total+n
				past = append(past, report(pod, fmt.Sprint(boot[pod]), counter("v2", "h:1", "ok", counted[pod], 0)))
				if rapid.Bool().Draw(r, "arrives") {
					var tally Tally
					tally, l = l.Diff(past[len(past)-1:], Rules{}, now)
					taken += tally.Subsets["version=v2"].requests()
				}
			}
		}
		if taken > int64(total) {
			r.Fatalf("%d were counted, %d were taken", total, taken)
		}
	})
}
