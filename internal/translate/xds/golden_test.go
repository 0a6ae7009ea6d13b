package xds_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/translate/xds"
	"github.com/weft-mesh/weft/internal/translate/xds/xdstest"
)

// TestGolden shows whole configurations. GOLDEN=write writes them anew.
func TestGolden(t *testing.T) {
	inputs, err := filepath.Glob("testdata/*.in.yaml")
	if err != nil || len(inputs) == 0 {
		t.Fatalf("inputs: %v, %v", inputs, err)
	}
	for _, input := range inputs {
		t.Run(strings.TrimSuffix(filepath.Base(input), ".in.yaml"), func(t *testing.T) {
			got := rendered(t, input)
			output := strings.TrimSuffix(input, ".in.yaml") + ".out.yaml"
			if os.Getenv("GOLDEN") == "write" {
				if err := os.WriteFile(output, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(output)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", output, diff)
			}
		})
	}
}

func TestNoGoldenIsStale(t *testing.T) {
	outputs, err := filepath.Glob("testdata/*.out.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, output := range outputs {
		if _, err := os.Stat(strings.TrimSuffix(output, ".out.yaml") + ".in.yaml"); err != nil {
			t.Errorf("%s has no input: %v", output, err)
		}
	}
}

// rendered is the set of the first workload.
func rendered(t *testing.T, input string) []byte {
	t.Helper()
	text, err := os.ReadFile(input)
	if err != nil {
		t.Fatal(err)
	}
	s, err := modeltest.Load(text)
	if err != nil {
		t.Fatal(err)
	}
	m := model.Build(s)
	sets, _ := new(xds.Builder).BuildScoped(m, model.ScopesOf(m, m.Mesh.ScopeBudget))
	first := slices.SortedFunc(maps.Keys(sets), func(a, b model.Key) int { return strings.Compare(a.String(), b.String()) })[0]
	out, err := xdstest.Render(sets[first], xds.Endpoints(model.BuildEndpoints(s, m)))
	if err != nil {
		t.Fatal(err)
	}
	return out
}
