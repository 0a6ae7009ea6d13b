package rules

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCABundle(t *testing.T) {
	const fix = "remove the value; the operator sets it at run time"
	cases := map[string]struct {
		reason string
		files  Files
		want   []Finding
	}{
		"Empty": {
			reason: "a key without a value, and a template, carry no certificate",
			files:  Files{"config/a.yaml": "caBundle:\ncaBundle: \"\"\n", "charts/a.yaml": "  caBundle: {{ .ca }}\n"},
		},
		"Elsewhere": {
			reason: "only manifests are shipped",
			files:  Files{"docs/a.yaml": "caBundle: Cg==\n"},
		},
		"YAML": {
			reason: "even a placeholder is a value",
			files:  Files{"config/a.yaml": "webhooks:\n- clientConfig:\n    caBundle: Cg==\n"},
			want:   []Finding{{"config/a.yaml", 3, fix}},
		},
		"JSON": {
			reason: "manifests may be JSON",
			files:  Files{"bundle/a.json": "{\n\"caBundle\": \"Cg==\",\n}\n"},
			want:   []Finding{{"bundle/a.json", 2, fix}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, CABundle(tc.files).Findings); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}
