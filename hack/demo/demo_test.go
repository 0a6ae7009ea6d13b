package main

import (
	"errors"
	"maps"
	"strings"
	"testing"
)

func TestParseEnv(t *testing.T) {
	old := map[string]string{"PATH": "/usr/bin"}
	got := parseEnv("# the test bed\nexport KUBECONFIG=/state/admin.conf\nexport PATH=\"/state/bin:$PATH\"\n\nexport EMPTY=\n",
		func(name string) string { return old[name] })
	want := map[string]string{"KUBECONFIG": "/state/admin.conf", "PATH": "/state/bin:/usr/bin", "EMPTY": ""}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestWithImage(t *testing.T) {
	got, err := withImage("image: testbed.local/bookstore:1\nimage: testbed.local/bookstore:1\n", "example.test/b:2")
	if err != nil || got != "image: example.test/b:2\nimage: example.test/b:2\n" {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := withImage("image: another:1", "b:2"); err == nil {
		t.Error("a manifest without the image was taken")
	}
}

func TestTheDifferenceOfTwoReadings(t *testing.T) {
	before := summary{Succeeded: 90, Failed: 2, Failures: map[string]int{"reset": 1, "timeout": 1}, Stream: conversation{Messages: 5}}
	after := summary{Succeeded: 190, Failed: 4, Failures: map[string]int{"reset": 3, "timeout": 1}, Stream: conversation{Messages: 9, Moved: 1}}
	got, err := after.since(before)
	if err != nil {
		t.Fatal(err)
	}
	if got.ended() != 102 || got.Failed != 2 || got.Stream != (conversation{Messages: 4, Moved: 1}) {
		t.Errorf("%+v", got)
	}
	if lines := strings.Join(got.reasons(), "; "); lines != "2 failed: reset" {
		t.Errorf("reasons: %s", lines)
	}
	if _, err := before.since(after); !errors.Is(err, errRestarted) {
		t.Errorf("got %v", err)
	}
}

func TestTheCurrentClusterNeedsAnImage(t *testing.T) {
	if err := (options{cluster: onCurrent}).checkImage(); err == nil {
		t.Error("no error")
	}
	if err := (options{cluster: onTestbed}).checkImage(); err != nil {
		t.Error(err)
	}
}
