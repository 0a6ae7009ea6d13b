package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Of several runs the least counts, each unit by itself; other lines don't count.
func TestCollect(t *testing.T) {
	all := map[string]figures{}
	collect(all, "goos: linux\nBenchmarkEndpoint/1/100-2 \t 56 \t 20 ns/op\t 11.79 kb/msg\t 5194 allocs/op\nPASS\n")
	collect(all, "BenchmarkEndpoint/1/100-2 \t 60 \t 30 ns/op\t 11.79 kb/msg\t 5190 allocs/op\nBenchmarkOther \t 1 \t 7 ns/op\n")
	want := map[string]figures{
		"Endpoint/1/100": {"ns/op": 20, "kb/msg": 11.79, "allocs/op": 5190},
		"Other":          {"ns/op": 7},
	}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
