package version

import (
	"runtime/debug"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFrom(t *testing.T) {
	platform := []debug.BuildSetting{{Key: "GOOS", Value: "linux"}, {Key: "GOARCH", Value: "arm64"}}
	cases := map[string]struct {
		reason string
		build  debug.BuildInfo
		want   Info
		line   string
	}{
		"release": {
			reason: "a clean build of a tag names the tag and its commit",
			build: debug.BuildInfo{
				GoVersion: "go1.26.1",
				Main:      debug.Module{Version: "v0.3.0"},
				Settings: append([]debug.BuildSetting{
					{Key: "vcs.revision", Value: "4f1c2d"}, {Key: "vcs.time", Value: "2026-03-01T10:00:00Z"},
					{Key: "vcs.modified", Value: "false"},
				}, platform...),
			},
			want: Info{
				Program: "weft", Version: "v0.3.0", Revision: "4f1c2d", Time: "2026-03-01T10:00:00Z",
				Go: "go1.26.1", Platform: "linux/arm64",
			},
			line: "weft v0.3.0 (commit 4f1c2d, 2026-03-01T10:00:00Z), go1.26.1, linux/arm64",
		},
		"modified": {
			reason: "a build of changed files says so",
			build: debug.BuildInfo{
				GoVersion: "go1.26.1",
				Main:      debug.Module{Version: "v0.3.1-0.20260302+dirty"},
				Settings:  append([]debug.BuildSetting{{Key: "vcs.modified", Value: "true"}}, platform...),
			},
			want: Info{
				Program: "weft", Version: "v0.3.1-0.20260302+dirty", Modified: true,
				Go: "go1.26.1", Platform: "linux/arm64",
			},
			line: "weft v0.3.1-0.20260302+dirty with local changes, go1.26.1, linux/arm64",
		},
		"unknown": {
			reason: "a build without version control does not invent a version",
			build:  debug.BuildInfo{GoVersion: "go1.26.1", Settings: platform},
			want:   Info{Program: "weft", Version: Unknown, Go: "go1.26.1", Platform: "linux/arm64"},
			line:   "weft (devel), go1.26.1, linux/arm64",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := From("weft", &c.build)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s: From (-want +got):\n%s", c.reason, diff)
			}
			if diff := cmp.Diff(c.line, got.String()); diff != "" {
				t.Errorf("%s: String (-want +got):\n%s", c.reason, diff)
			}
		})
	}
}
