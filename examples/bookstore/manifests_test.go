package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A release is judged against the version before it, so it must differ in nothing else.
func TestAReleaseDiffersInItsVersionAndItsFaultOnly(t *testing.T) {
	comment := regexp.MustCompile(`(?m)^#.*\n`)
	fault := regexp.MustCompile(`\n +- name: FAULT\n +value: \S+`)
	first, _, _ := strings.Cut(read(t, "deploy/reviews.yaml"), "\n---\n")
	first = comment.ReplaceAllString(first, "")
	for version, faults := range map[string]int{"v2": 0, "v3": 1, "v4": 1} {
		text := read(t, filepath.Join("releases", version, "deployment.yaml"))
		if got := len(fault.FindAllString(text, -1)); got != faults {
			t.Errorf("%s has %d faults, want %d", version, got, faults)
		}
		text = fault.ReplaceAllString(comment.ReplaceAllString(text, ""), "")
		text = strings.ReplaceAll(strings.ReplaceAll(text, version, "v1"), "apps/"+version, "apps/v1")
		if strings.TrimSpace(text) != strings.TrimSpace(first) {
			t.Errorf("%s:\n%s\nis not v1:\n%s", version, text, first)
		}
	}
}

// The mesh passes on as plain TCP what a port does not declare.
func TestEveryPortDeclaresItsProtocol(t *testing.T) {
	files, err := filepath.Glob("deploy/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d manifests, %v", len(files), err)
	}
	services := 0
	for _, file := range files {
		for document := range strings.SplitSeq(read(t, file), "\n---\n") {
			if !strings.Contains(document, "kind: Service\n") {
				continue
			}
			services++
			ports, declared := strings.Count(document, "targetPort:"), strings.Count(document, "appProtocol:")
			if ports == 0 || ports != declared {
				t.Errorf("%s: %d ports, %d of them declared", file, ports, declared)
			}
		}
	}
	if services != 4 {
		t.Errorf("%d Services, want 4", services)
	}
}
