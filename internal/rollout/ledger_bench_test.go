package rollout

import (
	"fmt"
	"testing"
	"time"
)

// One look at the counters of 1,000 callers, each with three outcomes of eight pods. Every tenth caller has new ones.
func BenchmarkLedger(b *testing.B) {
	reports := make([]Report, 1000)
	for i := range reports {
		reports[i] = Report{Pod: fmt.Sprint("caller-", i), Boot: "1"}
		for pod := range 8 {
			for _, word := range []string{"ok", "5xx", "abandoned"} {
				c := counter(fmt.Sprint("v", 1+pod%2), fmt.Sprintf("10.0.0.%d:8080", pod), word, 1, 1)
				c.Route, c.Slow, c.SlowSeconds = "judged/shop/reviews/250ms,1s", []uint64{0, 0}, []uint64{0, 0}
				reports[i].Counters = append(reports[i].Counters, c)
			}
		}
	}
	rules := Rules{Objective: time.Second}
	_, l := NewLedger("shop", "reviews").Diff(reports, rules, monday)
	b.ReportAllocs()
	for b.Loop() {
		for i := 0; i < len(reports); i += 10 {
			for k := range reports[i].Counters {
				reports[i].Counters[k].Requests++
			}
		}
		var tally Tally
		tally, l = l.Diff(reports, rules, monday)
		if len(tally.Subsets) != 2 {
			b.Fatalf("%+v", tally)
		}
	}
}
