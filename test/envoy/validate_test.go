package envoy

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/translate/xds"
	"github.com/weft-mesh/weft/internal/translate/xds/xdstest"
)

const inputs = "../../internal/translate/xds/testdata/*.in.yaml"

// TestEnvoyTakesTheGoldens has Envoy read every listener, cluster, route and filter of the golden inputs.
func TestEnvoyTakesTheGoldens(t *testing.T) {
	files, err := filepath.Glob(inputs)
	if err != nil || len(files) == 0 {
		t.Fatalf("golden inputs: %v, %v", files, err)
	}
	for _, file := range files {
		sets := setsOf(t, file)
		for _, key := range slices.SortedFunc(maps.Keys(sets), func(a, b model.Key) int { return strings.Compare(a.String(), b.String()) }) {
			t.Run(filepath.Base(file)+" "+key.Name, func(t *testing.T) {
				if out, err := validate(t, sets[key]); err != nil {
					t.Errorf("Envoy refuses the configuration: %v\n%s", err, out)
				}
			})
		}
	}
}

// TestEnvoyRefusesABrokenRoute shows that the check above can fail, and that routes are part of it.
func TestEnvoyRefusesABrokenRoute(t *testing.T) {
	sets := setsOf(t, "../../internal/translate/xds/testdata/request-path.in.yaml")
	for _, set := range sets {
		id := xds.ID{TypeURL: xds.RouteType, Name: "shop/reviews/80"}
		good := set.Resource(id)
		if good == nil {
			t.Fatalf("no routes %s", id.Name)
		}
		broken := *good
		broken.Body = withoutPath(t, good.Body)
		set.Shared = &xds.Part{Resources: maps.Clone(set.Shared.Resources)}
		set.Shared.Resources[id] = &broken
		if out, err := validate(t, set); err == nil {
			t.Errorf("Envoy takes a route without a path:\n%s", out)
		}
	}
}

func setsOf(t *testing.T, file string) map[model.Key]*xds.Set {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := modeltest.Load(text)
	if err != nil {
		t.Fatal(err)
	}
	m := model.Build(s)
	sets, _ := new(xds.Builder).BuildScoped(m, model.ScopesOf(m, m.Mesh.ScopeBudget))
	return sets
}

func validate(t *testing.T, set *xds.Set) (string, error) {
	t.Helper()
	config, err := xdstest.Bootstrap(set)
	if err != nil {
		t.Fatal(err)
	}
	text, err := protojson.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	file := write(t, text)
	out, err := exec.CommandContext(t.Context(), binary(t), "--mode", "validate", "-l", "warning", "-c", file).CombinedOutput()
	return string(out), err
}

func binary(t *testing.T) string {
	t.Helper()
	path := os.Getenv("ENVOY")
	if path == "" {
		t.Fatal("ENVOY is not set: it names the Envoy binary to test with")
	}
	return path
}
