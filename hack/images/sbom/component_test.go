package sbom

import (
	"runtime/debug"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestModules(t *testing.T) {
	cases := map[string]struct {
		reason string
		module debug.Module
		want   Component
	}{
		"escaped": {
			reason: "a plus sign in a version is percent-encoded, the path is in lower case",
			module: debug.Module{Path: "github.com/Docker/cli", Version: "v29.7.2+incompatible"},
			want: Component{
				Name: "github.com/Docker/cli", Version: "v29.7.2+incompatible",
				PURL: "pkg:golang/github.com/docker/cli@v29.7.2%2Bincompatible", Purpose: "LIBRARY",
			},
		},
		"replaced": {
			reason: "what is linked counts, not what was asked for",
			module: debug.Module{Path: "a.io/x", Version: "v1.0.0", Replace: &debug.Module{Path: "b.io/x", Version: "v1.0.1"}},
			want:   Component{Name: "b.io/x", Version: "v1.0.1", PURL: "pkg:golang/b.io/x@v1.0.1", Purpose: "LIBRARY"},
		},
		"replaced by a directory": {
			reason: "a directory has no version",
			module: debug.Module{Path: "a.io/x", Version: "v1.0.0", Replace: &debug.Module{Path: "../x"}},
			want:   Component{Name: "a.io/x", PURL: "pkg:golang/a.io/x", Purpose: "LIBRARY"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := modules(&debug.BuildInfo{GoVersion: "go1.26.1", Deps: []*debug.Module{&c.module}})[1]
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.reason, diff)
			}
		})
	}
}

func TestCreated(t *testing.T) {
	committed := &debug.BuildInfo{Settings: []debug.BuildSetting{{Key: "vcs.time", Value: "2026-03-01T10:00:00Z"}}}
	cases := map[string]struct {
		epoch string
		info  *debug.BuildInfo
		want  time.Time
		fails bool
	}{
		"environment": {epoch: "86400", info: committed, want: time.Unix(86400, 0)},
		"commit":      {info: committed, want: time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)},
		"nothing":     {info: &debug.BuildInfo{}, want: time.Unix(0, 0)},
		"no number":   {epoch: "today", info: committed, fails: true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := Created(c.epoch, c.info)
			if !got.Equal(c.want) || (err != nil) != c.fails {
				t.Errorf("got %s, %v; want %s, error: %t", got, err, c.want, c.fails)
			}
		})
	}
}
