package main

import (
	"errors"
	"slices"
	"testing"
)

func TestTheDifferenceOfTwoReadings(t *testing.T) {
	before := summary{Sent: 95, Succeeded: 90, Failed: 2, Failures: map[string]int{"reset": 1, "timeout": 1},
		Versions: map[string]version{"v1": {90, 1}, "none": {0, 1}}, Stream: conversation{Messages: 5}}
	after := summary{Sent: 196, Succeeded: 190, Failed: 4, Failures: map[string]int{"reset": 3, "timeout": 1},
		Versions: map[string]version{"v1": {150, 3}, "v2": {40, 0}, "none": {0, 1}}, Stream: conversation{Messages: 9, Moved: 1}}
	got, err := after.since(before)
	if err != nil {
		t.Fatal(err)
	}
	if got.Sent != 101 || got.ended() != 102 || got.Failed != 2 || got.Stream != (conversation{Messages: 4, Moved: 1}) {
		t.Errorf("%+v", got)
	}
	if len(got.Failures) != 1 || got.Failures["reset"] != 2 {
		t.Errorf("failures %v", got.Failures)
	}
	if len(got.Versions) != 2 || got.Versions["v1"] != (version{60, 2}) || got.Versions["v2"] != (version{40, 0}) {
		t.Errorf("versions %v", got.Versions)
	}
	if after.Failures["reset"] != 3 || after.Versions["v1"] != (version{150, 3}) {
		t.Error("a reading was changed")
	}
	if _, err := before.since(after); !errors.Is(err, errRestarted) {
		t.Errorf("got %v", err)
	}
}

func TestAFailureIsABadVersionsOrNobodys(t *testing.T) {
	bad := summary{Failed: 7, Failures: map[string]int{"500": 7}, Versions: map[string]version{"v2": {900, 0}, "v3": {40, 7}}}
	late := summary{Failed: 3, Failures: map[string]int{"502 reviews timeout": 3}, Versions: map[string]version{"none": {0, 3}}}
	cases := map[string]struct {
		seen  summary
		blame *blame
		want  []string
	}{
		"nothing failed":                     {summary{Versions: map[string]version{"v1": {9, 0}}}, nil, nil},
		"the errors of v3":                   {bad, faulty.blame, nil},
		"the same, and no v3 has a share":    {bad, nil, []string{"7 failed: 500"}},
		"the errors of v3 while v4 is about": {bad, hanging.blame, []string{"7 failed: 500", "7 failed that version v3 has answered"}},
		"v4 hangs":                           {late, hanging.blame, nil},
		"a reset while v4 is about": {
			summary{Failures: map[string]int{"502 reviews reset": 1}, Versions: map[string]version{"none": {0, 1}}},
			hanging.blame, []string{"1 failed: 502 reviews reset"}},
		"v2 fails while v3 has a share": {
			summary{Failures: map[string]int{"500": 2}, Versions: map[string]version{"v2": {9, 1}, "v3": {1, 1}}},
			faulty.blame, []string{"1 failed that version v2 has answered"}},
		"a stream breaks while v3 has a share": {
			summary{Stream: conversation{Failed: 1}, Session: conversation{Failed: 2}}, faulty.blame,
			[]string{"the gRPC stream broke 1 times", "the TCP session broke 2 times"}},
	}
	for name, tc := range cases {
		if got := unexplained(tc.seen, tc.blame); !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
}

func TestWhatFailsTheDemo(t *testing.T) {
	if err := (account{attributed: []string{"during v3"}}).verdict(0); err != nil {
		t.Error(err)
	}
	if err := (account{unexplained: []string{"load: 1 failed: reset"}}).verdict(0); err == nil {
		t.Error("an unexplained failure was accepted")
	}
	if err := (account{}).verdict(1); err == nil {
		t.Error("a retry was accepted")
	}
}

func TestSumStats(t *testing.T) {
	got, err := sumStats("cluster.shop/reviews/8080.upstream_rq_retry: 2\ncluster.agent.upstream_rq_retry: 0\n\ncluster.a.upstream_rq_retry: 3\n")
	if got != 5 || err != nil {
		t.Errorf("got %d, %v", got, err)
	}
	if _, err := sumStats("cluster.a.upstream_rq_time: P0(1,2)\n"); err == nil {
		t.Error("a histogram was taken for a counter")
	}
}
