package plan

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFor(t *testing.T) {
	cases := map[string]struct {
		reason string
		args   []string
		want   []string
		err    bool
	}{
		"All": {
			reason: "the test bed starts after the suites that do not need it",
			args:   []string{"all"},
			want: []string{
				"suite unit",
				"bin/testbed build kubernetes",
				"suite envtest",
				"make --silent images",
				"bin/testbed down",
				"bin/testbed up --nodes 2 --with cert-manager,metrics-server,prometheus",
				"suite e2e",
			},
		},
		"Named": {
			reason: "a suite named alone leaves the test bed as it is",
			args:   []string{"e2e", "unit"},
			want:   []string{"suite e2e", "suite unit"},
		},
		"Unknown": {reason: "a typing mistake must not pass", args: []string{"units"}, err: true},
		"None":    {reason: "nothing to run must not pass", err: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			steps, err := For(tc.args)
			if (err != nil) != tc.err {
				t.Fatalf("%s: error %v", tc.reason, err)
			}
			var got []string
			for _, step := range steps {
				got = append(got, step.String())
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

// A module that no suite names would never be tested.
func TestEveryModuleIsTested(t *testing.T) {
	const root = "../../../.."
	for _, folders := range []string{"examples", "hack", "test"} {
		modules, err := filepath.Glob(filepath.Join(root, folders, "*", "go.mod"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range modules {
			dir, err := filepath.Rel(root, filepath.Dir(file))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(unit.Runs, func(r Run) bool { return r.Dir == dir }) {
				t.Errorf("the suite unit does not run the tests of %s", dir)
			}
		}
	}
}
