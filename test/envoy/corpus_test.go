package envoy

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/snapshot"
	"github.com/weft-mesh/weft/internal/translate/xds"
	"github.com/weft-mesh/weft/internal/translate/xds/xdstest"
)

// How many worlds of a kind Envoy is to read, and how many at once.
const (
	worldsOfAKind = 200
	atOnce        = 50
)

// TestEnvoyTakesEveryWorld has Envoy read all that is made of many random worlds: whole sets and narrow ones, and endpoints.
func TestEnvoyTakesEveryWorld(t *testing.T) {
	shares := func(t *rapid.T) snapshot.Snapshot {
		s, _ := modeltest.Shares(t)
		caller := map[string]string{"app": "caller", "weft.dev/workload": "caller"}
		s.Pods = append(s.Pods, modeltest.Pod("shop", "caller", caller, 1))
		return s
	}
	for kind, world := range map[string]func(*rapid.T) snapshot.Snapshot{"random": modeltest.Random, "shares": shares} {
		examples := rapid.Custom(world)
		var worlds []snapshot.Snapshot
		for seed := range worldsOfAKind {
			worlds = append(worlds, examples.Example(seed))
		}
		for first := 0; first < worldsOfAKind; first += atOnce {
			some := worlds[first : first+atOnce]
			said, err := read(t, some...)
			if err == nil {
				continue
			}
			t.Errorf("%s: Envoy refuses one of the worlds from seed %d on: %v\n%s", kind, first, err, said)
			for i, s := range some {
				if said, err := read(t, s); err != nil {
					t.Errorf("%s: it refuses the world of seed %d:\n%s", kind, first+i, said)
				}
			}
		}
	}
}

// TestEnvoyRefusesOneOfMany shows that one broken resource among many is seen.
func TestEnvoyRefusesOneOfMany(t *testing.T) {
	sets, endpoints := made(modeltest.World(20))
	for _, set := range sets {
		for id, r := range set.Shared.Resources {
			if id.TypeURL == xds.RouteType {
				broken := *r
				broken.Version, broken.Body = "broken", withoutPath(t, r.Body)
				resources := maps.Clone(set.Shared.Resources)
				resources[id] = &broken
				sets = append(sets, xds.NewSet(xds.NewPart(resources, nil), set.Own))
				if said, err := readSets(t, sets, endpoints); err == nil {
					t.Errorf("Envoy takes a route without a path:\n%s", said)
				}
				return
			}
		}
	}
}

// made has what the proxies of a world get, and what they would get if their scopes were narrow.
func made(s snapshot.Snapshot) (sets []*xds.Set, endpoints []*xds.Resource) {
	m := model.Build(s)
	narrow, _ := new(xds.Builder).BuildScoped(m, model.ScopesOf(m, 0))
	for _, some := range []map[model.Key]*xds.Set{xds.Build(m), narrow} {
		for _, key := range slices.SortedFunc(maps.Keys(some), model.Key.Compare) {
			sets = append(sets, some[key])
		}
	}
	all := xds.Endpoints(model.BuildEndpoints(s, m))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		endpoints = append(endpoints, all[name])
	}
	return sets, endpoints
}

func read(t *testing.T, worlds ...snapshot.Snapshot) (string, error) {
	t.Helper()
	var sets []*xds.Set
	var endpoints []*xds.Resource
	for _, s := range worlds {
		some, at := made(s)
		sets, endpoints = append(sets, some...), append(endpoints, at...)
	}
	return readSets(t, sets, endpoints)
}

func readSets(t *testing.T, sets []*xds.Set, endpoints []*xds.Resource) (string, error) {
	t.Helper()
	config, err := xdstest.BootstrapOfAll(sets, endpoints)
	if err != nil {
		t.Fatal(err)
	}
	content, err := proto.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d clusters and %d listeners", len(config.StaticResources.Clusters), len(config.StaticResources.Listeners))
	file := filepath.Join(t.TempDir(), "bootstrap.pb")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), binary(t), "--mode", "validate", "-l", "error", "-c", file).CombinedOutput()
	return strings.TrimSpace(string(out)), err
}
