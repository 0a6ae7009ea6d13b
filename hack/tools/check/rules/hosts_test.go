package rules

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHosts(t *testing.T) {
	const fix = "write a relative path, or ~ for the home folder"
	home, work, proxy := "/"+"home/ada/x", "/"+"work/main", "proxy."+"golang.org"
	cases := map[string]struct {
		reason string
		files  Files
		want   []Finding
	}{
		"Relative": {
			reason: "relative paths, URLs and paths that every machine has are fine",
			files:  Files{"a.md": "./work/x ~/work/x https://example.com/home/x /usr/share/x /var/run/x\n"},
		},
		"Sums": {
			reason: "go.sum is written by Go",
			files:  Files{"hack/tools/go.sum": proxy + "\n"},
		},
		"Home": {
			reason: "only one machine has this folder",
			files:  Files{"a.md": "see\n" + home + "\n"},
			want:   []Finding{{"a.md", 2, fix}},
		},
		"Quoted": {
			reason: "a path is found behind a quote or an equals sign",
			files:  Files{"a.sh": "x=" + work + "\ny=\"" + work + "\"\n"},
			want:   []Finding{{"a.sh", 1, fix}, {"a.sh", 2, fix}},
		},
		"Registry": {
			reason: "readers may use a registry of their own",
			files:  Files{"Makefile": "GOPROXY=https://" + proxy + "\n"},
			want:   []Finding{{"Makefile", 1, "do not name " + proxy + "; say what it serves"}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, Hosts(tc.files).Findings); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}
