package rules

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPurity(t *testing.T) {
	cases := map[string]struct {
		reason string
		files  Files
		want   []Finding
	}{
		"Values": {
			reason: "types and arithmetic of time are values",
			files:  Files{"internal/model/a.go": "package model\n\nimport \"time\"\n\nvar d = time.Second\n"},
		},
		"Edge": {
			reason: "a package that is not core may do what it likes",
			files:  Files{"internal/apply/a.go": "package apply\n\nimport \"context\"\n\nvar _ context.Context\n"},
		},
		"RedirectBackend": {
			reason: "redirect itself is core, the backends below it are edges",
			files:  Files{"internal/redirect/nft/a.go": "package nft\n\nimport \"os\"\n\nvar _ = os.Args\n"},
		},
		"Test": {
			reason: "tests may read files",
			files:  Files{"internal/model/a_test.go": "package model\n\nimport \"os\"\n\nvar _ = os.Args\n"},
		},
		"Context": {
			reason: "a context brings cancellation and hidden values",
			files:  Files{"internal/stage/a.go": "package stage\n\nimport \"context\"\n"},
			want:   []Finding{{"internal/stage/a.go", 3, "the core must not import context; take a value instead"}},
		},
		"Below": {
			reason: "packages below a forbidden one, and below a core one, count too",
			files:  Files{"internal/translate/xds/a.go": "package xds\n\nimport \"k8s.io/client-go/kubernetes\"\n"},
			want:   []Finding{{"internal/translate/xds/a.go", 3, "the core must not import k8s.io/client-go/kubernetes; take a value instead"}},
		},
		"Clock": {
			reason: "the clock is found behind another name too",
			files:  Files{"internal/rollout/a.go": "package rollout\n\nimport t \"time\"\n\nvar start = t.Now()\n"},
			want:   []Finding{{"internal/rollout/a.go", 5, "the core must not use time.Now; take now as a value"}},
		},
		"Dot": {
			reason: "a dot import would hide a read of the clock",
			files:  Files{"internal/rollout/a.go": "package rollout\n\nimport . \"time\"\n"},
			want:   []Finding{{"internal/rollout/a.go", 3, "import time by name, so that a read of the clock is seen"}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, Purity(tc.files).Findings); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}
