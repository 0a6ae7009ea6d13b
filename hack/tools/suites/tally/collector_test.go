package tally

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCollector(t *testing.T) {
	cases := map[string]struct {
		reason string
		events string
		want   []Package
	}{
		"Leaves": {
			reason: "a test with subtests stands for its subtests",
			events: `
				{"Action":"run","Package":"p","Test":"TestA"}
				{"Action":"run","Package":"p","Test":"TestA/one"}
				{"Action":"run","Package":"p","Test":"TestA/two"}
				{"Action":"pass","Package":"p","Test":"TestA/one"}
				{"Action":"pass","Package":"p","Test":"TestA/two"}
				{"Action":"pass","Package":"p","Test":"TestA"}
				{"Action":"pass","Package":"p","Test":"TestB"}
				{"Action":"pass","Package":"p","Elapsed":1.5}`,
			want: []Package{{Name: "p", Seconds: 1.5, Counts: Counts{Passed: 3}}},
		},
		"Failed": {
			reason: "the output of failed tests is kept, that of passed ones is not",
			events: `
				{"Action":"output","Package":"p","Test":"TestA","Output":"fine\n"}
				{"Action":"pass","Package":"p","Test":"TestA"}
				{"Action":"output","Package":"p","Test":"TestB/one","Output":"broken\n"}
				{"Action":"fail","Package":"p","Test":"TestB/one"}
				{"Action":"fail","Package":"p","Test":"TestB"}
				{"Action":"output","Package":"p","Output":"FAIL\n"}
				{"Action":"fail","Package":"p"}`,
			want: []Package{{Name: "p", Failed: true, Counts: Counts{Passed: 1, Failed: 1, Failures: []string{"p TestB/one"}}, Output: "broken\nFAIL\n"}},
		},
		"FailedParent": {
			reason: "a test that failed after its subtests passed is one more failure",
			events: `
				{"Action":"pass","Package":"p","Test":"TestA/one"}
				{"Action":"fail","Package":"p","Test":"TestA"}
				{"Action":"fail","Package":"p"}`,
			want: []Package{{Name: "p", Failed: true, Counts: Counts{Passed: 1, Failed: 1, Failures: []string{"p TestA"}}}},
		},
		"Skipped": {
			reason: "the reason for a skip is shown",
			events: `
				{"Action":"output","Package":"p","Test":"TestA","Output":"needs root\n"}
				{"Action":"skip","Package":"p","Test":"TestA"}
				{"Action":"pass","Package":"p"}`,
			want: []Package{{Name: "p", Counts: Counts{Skipped: 1}, Output: "needs root\n"}},
		},
		"NotBuilt": {
			reason: "a package that does not build is one failure",
			events: `
				{"Action":"build-output","ImportPath":"p [p.test]","Output":"syntax error\n"}
				{"Action":"build-fail","ImportPath":"p [p.test]"}
				{"Action":"fail","Package":"p","FailedBuild":"p [p.test]"}`,
			want: []Package{{Name: "p", Failed: true, Counts: Counts{Failed: 1, Failures: []string{"p"}}, Output: "syntax error\n"}},
		},
		"NotEnded": {
			reason: "a test that never ended has failed",
			events: `
				{"Action":"run","Package":"p","Test":"TestA"}
				{"Action":"output","Package":"p","Output":"exit status 3\n"}
				{"Action":"fail","Package":"p"}`,
			want: []Package{{Name: "p", Failed: true, Counts: Counts{Failed: 1, Failures: []string{"p TestA"}}, Output: "exit status 3\n"}},
		},
		"NoTestFiles": {
			reason: "a package without test files is not a skipped test",
			events: `{"Action":"skip","Package":"p"}`,
		},
		"Ginkgo": {
			reason: "the specs are counted and named, not the test that starts them",
			events: `
				{"Action":"output","Package":"p","Test":"TestE2E","Output":"\nSummarizing 1 Failure:\n"}
				{"Action":"output","Package":"p","Test":"TestE2E","Output":"  \u001b[1m[FAIL] \u001b[0mpages are served \u001b[1m[It] quickly\u001b[0m\n"}
				{"Action":"output","Package":"p","Test":"TestE2E","Output":"Ran 4 of 5 Specs in 2.1 seconds\n"}
				{"Action":"output","Package":"p","Test":"TestE2E","Output":"\u001b[1mFAIL!\u001b[0m -- 3 Passed | 1 Failed | 1 Pending | 0 Skipped\n"}
				{"Action":"fail","Package":"p","Test":"TestE2E"}
				{"Action":"fail","Package":"p"}`,
			want: []Package{{
				Name: "p", Failed: true, Counts: Counts{Passed: 3, Failed: 1, Failures: []string{"p pages are served [It] quickly"}, Skipped: 1},
				Output: "\nSummarizing 1 Failure:\n  \x1b[1m[FAIL] \x1b[0mpages are served \x1b[1m[It] quickly\x1b[0m\nRan 4 of 5 Specs in 2.1 seconds\n\x1b[1mFAIL!\x1b[0m -- 3 Passed | 1 Failed | 1 Pending | 0 Skipped\n",
			}},
		},
		"GinkgoSetup": {
			reason: "a setup that failed before any spec is a failure",
			events: `
				{"Action":"output","Package":"p","Test":"TestE2E","Output":"Ran 0 of 5 Specs in 2.1 seconds\n"}
				{"Action":"fail","Package":"p","Test":"TestE2E"}
				{"Action":"fail","Package":"p"}`,
			want: []Package{{
				Name: "p", Failed: true, Counts: Counts{Failed: 1, Failures: []string{"p TestE2E"}, Skipped: 5},
				Output: "Ran 0 of 5 Specs in 2.1 seconds\n",
			}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var got []Package
			var c Collector
			decoder := json.NewDecoder(strings.NewReader(tc.events))
			for {
				var e Event
				err := decoder.Decode(&e)
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				if p, ok := c.Add(e); ok {
					got = append(got, p)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}
