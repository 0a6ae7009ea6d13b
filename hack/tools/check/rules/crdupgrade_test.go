package rules

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const releasedCRD = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: looms.weft.dev
spec:
  group: weft.dev
  scope: Namespaced
  names: {kind: Loom, plural: looms}
  versions:
  - name: v1alpha1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          mode:
            type: string
            enum: [Off, On]
          width:
            type: integer
            maximum: 10
          color:
            type: string
            description: before
            default: red
`

// edit returns the released CRD with one text replaced.
func edit(from, to string) string {
	if !strings.Contains(releasedCRD, from) {
		panic("the released CRD has no " + from)
	}
	return strings.Replace(releasedCRD, from, to, 1)
}

func TestCRDUpgrade(t *testing.T) {
	cases := map[string]struct {
		reason  string
		current string
		want    string // what the one finding must say; empty for none
	}{
		"Same":        {"nothing changed", releasedCRD, ""},
		"NewField":    {"an optional field is safe", edit("          mode:", "          more: {type: string}\n          mode:"), ""},
		"Description": {"words are safe", edit("before", "after"), ""},
		"EnumGrows":   {"a value more is safe", edit("[Off, On]", "[Off, On, Auto]"), ""},
		"Widened":     {"a wider bound is safe", edit("maximum: 10", "maximum: 20"), ""},

		"Scope":         {"objects would be lost", edit("Namespaced", "Cluster"), "scope"},
		"StoredVersion": {"stored objects could not be read", edit("- name: v1alpha1", "- name: v1"), "storedVersionRemoval"},
		"NewRequired":   {"stored objects lack it", edit("        type: object", "        type: object\n        required: [mode]"), "required"},
		"FieldDropped":  {"stored values would vanish", edit("          color:", "          shade:"), "removed field"},
		"Type":          {"stored values no longer fit", edit("type: integer", "type: number"), "type"},
		"DefaultAdded":  {"stored objects change meaning", edit("enum: [Off, On]", "enum: [Off, On]\n            default: On"), "default"},
		"DefaultSet":    {"stored objects change meaning", edit("default: red", "default: blue"), "default"},
		"DefaultGone":   {"stored objects change meaning", edit("            default: red\n", ""), "default"},
		"EnumNew":       {"stored values may be outside", edit("description: before", "enum: [red]"), "enum"},
		"EnumShrinks":   {"stored values may be outside", edit("[Off, On]", "[On]"), "enum"},
		"Tightened":     {"stored values may be outside", edit("maximum: 10", "maximum: 5"), "maximum"},
		"BoundNew":      {"stored values may be outside", edit("maximum: 10", "maximum: 10\n            minimum: 1"), "minimum"},
		"Unknown":       {"what is not known to be safe is refused", edit("maximum: 10", "maximum: 10\n            multipleOf: 2"), "unhandled"},
		"NoSchema":      {"there is nothing to compare", edit("    schema:", "    other:"), "no schema"},
		"Renamed":       {"a released CRD must stay", edit("name: looms", "name: wefts"), "must stay"},
		"NotYAML":       {"a broken file is not a pass", "{", "make it parse"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := CRDUpgrade(Files{"config/crd-released/looms.yaml": releasedCRD, "config/crd/looms.yaml": tc.current})
			if tc.want == "" {
				if diff := cmp.Diff([]Finding(nil), got.Findings); diff != "" {
					t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
				}
				return
			}
			if len(got.Findings) == 0 || !strings.Contains(got.Findings[0].Fix, tc.want) {
				t.Errorf("%s: want a finding with %q, got %v", tc.reason, tc.want, got.Findings)
			}
		})
	}
}

func TestCRDUpgradeBeforeFirstRelease(t *testing.T) {
	got := CRDUpgrade(Files{"config/crd/looms.yaml": releasedCRD})
	want := Result{Rule: "CRD upgrade safety", Looked: "no release yet: 0 CRDs compared"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
