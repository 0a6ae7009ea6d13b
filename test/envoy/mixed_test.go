package envoy

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"

	admin "github.com/weft-mesh/weft/internal/agent/envoy"
	"github.com/weft-mesh/weft/internal/agent/secrets"
	"github.com/weft-mesh/weft/internal/cli/dump"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/translate/xds"
	"github.com/weft-mesh/weft/internal/xdsserver"
)

// TestMixedEnvoys connects Envoys of an HTTP workload and of TCP workloads [B35]. Each has what was made for its workload
// and nothing else, and the server tells which version each has acknowledged.
func TestMixedEnvoys(t *testing.T) {
	const folder = "../../internal/translate/xds/testdata/"
	world := worldOf(t, folder+"request-path.in.yaml", folder+"tcp-service.in.yaml")
	server := xdsserver.New(logr.Discard())
	server.Publish(world)
	now := time.Now()
	authority := newAuthority(t, now)
	admins := map[model.Key]*admin.Admin{}
	for workload := range world.Sets {
		store, socket, address := secrets.NewStore(), filepath.Join(t.TempDir(), "agent.sock"), freeAddress(t)
		if err := store.Set(issue(t, authority, "one", now), authority.Roots()); err != nil {
			t.Fatal(err)
		}
		serveSidecar(t, socket, sidecar{server: server, store: store, workload: workload})
		startEnvoy(t, administered(t, socket, address))
		admins[workload] = &admin.Admin{URL: "http://" + address.String()}
	}
	if len(admins) < 3 {
		t.Fatalf("%d Envoys, want three at least", len(admins))
	}
	acknowledged := map[string]string{}
	until(t, "acknowledgement of all sets", func() bool {
		all, err := server.Connections(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		clear(acknowledged)
		for _, c := range all {
			acknowledged[c.Workload] = c.Acknowledged
		}
		return len(all) == len(admins) && !slices.ContainsFunc(all, func(c xdsserver.Connection) bool { return !c.UpToDate })
	})
	for workload, set := range world.Sets {
		if got := acknowledged[workload.String()]; got != set.Version {
			t.Errorf("%s has acknowledged %s, want %s", workload, got, set.Version)
		}
		if diff := cmp.Diff(contentOf(set), dumped(t, admins[workload])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", workload, diff)
		}
	}
}

// contentOf lists the resources of a set with their versions.
func contentOf(set *xds.Set) (out []string) {
	for id, r := range set.All() {
		out = append(out, fmt.Sprint(typeOf[id.TypeURL], " ", r.Name, " ", r.Version))
	}
	slices.Sort(out)
	return out
}

// dumped lists what an Envoy got, but the endpoints.
func dumped(t *testing.T, envoy *admin.Admin) (out []string) {
	t.Helper()
	var text strings.Builder
	if err := envoy.ConfigDump(t.Context(), &text); err != nil {
		t.Fatal(err)
	}
	all, err := dump.Parse([]byte(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if r.State != dump.Static && r.Type != dump.Endpoints {
			out = append(out, fmt.Sprint(r.Type, " ", r.Name, " ", r.Version))
		}
	}
	slices.Sort(out)
	return out
}
