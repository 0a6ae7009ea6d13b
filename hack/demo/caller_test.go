package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestWhatRefusalsLookLike(t *testing.T) {
	for _, tc := range []struct {
		seen                      sight
		hungUp, dropped, answered bool
		text                      string
	}{
		{sight{Connected: true, Status: 200}, false, false, true, "HTTP 200"},
		{sight{Connected: true, Status: 403}, false, false, false, "HTTP 403"},
		{sight{Connected: true, Reason: "reset"}, true, false, false, "connected, then reset"},
		{sight{Connected: true, Reason: "closed"}, true, false, false, "connected, then closed"},
		{sight{Connected: true, Reason: "timeout"}, false, false, false, "connected, then timeout"},
		{sight{Reason: "timeout", Milliseconds: 3000}, false, true, false, "no connection: timeout after 3000 ms"},
		{sight{Reason: "refused"}, false, true, false, "no connection: refused after 0 ms"},
		{sight{Reason: "dns"}, false, false, false, "no connection: dns after 0 ms"},
	} {
		s := tc.seen
		if s.hungUp() != tc.hungUp || s.dropped() != tc.dropped || unanswered(s) == tc.answered || s.String() != tc.text {
			t.Errorf("%+v: hung up %v, dropped %v, unanswered %v, %q", s, s.hungUp(), s.dropped(), unanswered(s), s)
		}
	}
}

func TestTheContainerBesideTheSidecar(t *testing.T) {
	text, err := withEphemeral(`{"metadata":{"name":"visitor","resourceVersion":"7"},"spec":{"containers":[{"name":"visitor"}]}}`, "b:1")
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Metadata map[string]string
		Spec     struct {
			Containers          []container
			EphemeralContainers []struct {
				Name, Image     string
				Args            []string
				SecurityContext struct{ RunAsUser int }
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Spec.Containers) != 1 || len(got.Spec.EphemeralContainers) != 1 || got.Metadata["resourceVersion"] != "" {
		t.Fatalf("%s", text)
	}
	c := got.Spec.EphemeralContainers[0]
	if c.Name != aroundContainer || c.Image != "b:1" || strings.Join(c.Args, " ") != "wait" || c.SecurityContext.RunAsUser != proxyUser {
		t.Errorf("%+v", c)
	}
	for _, broken := range []string{"", "[]", `{"metadata":{}}`} {
		if _, err := withEphemeral(broken, "b:1"); err == nil {
			t.Errorf("%q was taken for a pod", broken)
		}
	}
}

func TestWhenTheContainerRuns(t *testing.T) {
	for text, want := range map[string]struct{ runs, fails bool }{
		`{}`: {},
		`{"status":{"ephemeralContainerStatuses":[{"name":"another","state":{"running":{}}}]}}`:                   {},
		`{"status":{"ephemeralContainerStatuses":[{"name":"around","state":{"waiting":{}}}]}}`:                    {},
		`{"status":{"ephemeralContainerStatuses":[{"name":"around","state":{"running":{"startedAt":"x"}}}]}}`:     {runs: true},
		`{"status":{"ephemeralContainerStatuses":[{"name":"around","state":{"terminated":{"reason":"Error"}}}]}}`: {fails: true},
	} {
		var p pod
		if err := json.Unmarshal([]byte(text), &p); err != nil {
			t.Fatal(err)
		}
		runs, err := ephemeralRuns(p)
		if runs != want.runs || (err != nil) != want.fails {
			t.Errorf("%s: %v, %v", text, runs, err)
		}
	}
}

func TestPodsWithASidecar(t *testing.T) {
	var list podList
	text := `{"items":[
		{"metadata":{"name":"plain"},"spec":{"initContainers":[{"name":"weft-redirect"}],"containers":[{"name":"a"}]}},
		{"metadata":{"name":"meshed"},"spec":{"initContainers":[{"name":"weft-redirect"},{"name":"weft-proxy"}],"containers":[{"name":"a"}]}}]}`
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		t.Fatal(err)
	}
	if with := list.withSidecar(); len(with) != 1 || with[0].Metadata.Name != "meshed" {
		t.Errorf("%+v", with)
	}
}
