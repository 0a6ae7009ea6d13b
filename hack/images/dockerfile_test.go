package main

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// stage is what a stage of a Dockerfile says about its image.
type stage struct {
	Name, From, User string
	Entrypoint       []string
	Labels           map[string]string
}

func TestTargetsEqualDockerfile(t *testing.T) {
	text, err := os.ReadFile("../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	var want []stage
	for _, target := range targets {
		from := scratch
		if target.base {
			from = "${BASE_IMAGE}"
		}
		want = append(want, stage{
			Name: target.name, From: from, User: target.user,
			Entrypoint: []string{target.path()}, Labels: target.labels(),
		})
	}
	if diff := cmp.Diff(want, finalStages(t, string(text))); diff != "" {
		t.Errorf("stages of the Dockerfile (-targets +Dockerfile):\n%s", diff)
	}
}

var (
	instruction = regexp.MustCompile(`^([A-Z]+)\s+(.*)$`)
	from        = regexp.MustCompile(`^(\S+) AS (\S+)$`)
	label       = regexp.MustCompile(`(\S+)="([^"]*)"`)
)

// finalStages reads the stages that have an entrypoint.
func finalStages(t *testing.T, dockerfile string) []stage {
	t.Helper()
	var all []stage
	for line := range strings.Lines(strings.ReplaceAll(dockerfile, "\\\n", " ")) {
		match := instruction.FindStringSubmatch(strings.TrimSpace(line))
		if match == nil {
			continue
		}
		name, value := match[1], match[2]
		if name == "FROM" {
			parts := from.FindStringSubmatch(value)
			if parts == nil {
				t.Fatalf("stage without a name: FROM %s", value)
			}
			all = append(all, stage{From: parts[1], Name: parts[2], Labels: map[string]string{}})
			continue
		}
		if len(all) == 0 {
			continue
		}
		current := &all[len(all)-1]
		switch name {
		case "USER":
			current.User = value
		case "ENTRYPOINT":
			if err := json.Unmarshal([]byte(value), &current.Entrypoint); err != nil {
				t.Fatalf("ENTRYPOINT %s: %v", value, err)
			}
		case "LABEL":
			for _, pair := range label.FindAllStringSubmatch(value, -1) {
				current.Labels[pair[1]] = pair[2]
			}
		}
	}
	var final []stage
	for _, s := range all {
		if s.Entrypoint != nil {
			final = append(final, s)
		}
	}
	return final
}
