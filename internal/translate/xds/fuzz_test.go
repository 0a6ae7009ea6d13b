package xds_test

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"
	gateway "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/snapshot"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

// Any set of objects gives valid configuration, or a finding for what it can't give, and never a panic [A22]. The bytes
// choose the objects: see modeltest.WildBytes.
func FuzzWorld(f *testing.F) {
	for seed := range byte(8) {
		f.Add([]byte{seed}, []byte{seed, 0, 0, 3, 1, 1, 4, 5, 2, 0, 9, 9})
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		b := new(xds.Builder)
		for _, data := range [][]byte{first, second[:min(len(second), 300)]} {
			saneOrTold(t, b, modeltest.WildBytes(data))
		}
	})
}

// TestAnyWorld is the same with the choices that rapid makes, and shows that the order of objects does not matter.
func TestAnyWorld(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := new(xds.Builder)
		for range rapid.IntRange(1, 2).Draw(t, "worlds") {
			s := modeltest.Wild(t)
			saneOrTold(t, b, s)
			other := model.Build(modeltest.Shuffled(t, s))
			if diff := cmp.Diff(model.Build(s), other, cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})); diff != "" {
				t.Fatalf("the order of objects matters:\n%s", diff)
			}
		}
	})
}

func saneOrTold(t failer, b *xds.Builder, s snapshot.Snapshot) {
	t.Helper()
	m := model.Build(s)
	oneServicePerAddress(t, m)
	for _, scopes := range []model.Scopes{nil, model.ScopesOf(m, 0)} {
		sets, _ := b.BuildScoped(m, scopes)
		for _, set := range sets {
			for _, r := range set.All() {
				valid(t, r)
			}
		}
	}
	for _, r := range b.Endpoints(model.BuildEndpoints(s, m)) {
		valid(t, r)
	}
	for _, f := range slices.Concat(m.Findings, b.Findings()) {
		if f.Kind == "" || f.Reason == "" || f.Message == "" {
			t.Fatalf("finding %+v says too little", f)
		}
	}
	for _, r := range s.Routes {
		routeIsHonouredOrTold(t, m, r, r.Spec.ParentRefs)
	}
	for _, r := range s.GRPCRoutes {
		routeIsHonouredOrTold(t, m, r, r.Spec.ParentRefs)
	}
}

// oneServicePerAddress: of two listeners with the same address one would replace the other.
func oneServicePerAddress(t failer, m *model.Model) {
	owners := map[netip.AddrPort]model.Key{}
	for _, s := range m.Services {
		for _, p := range s.Ports {
			for _, vip := range s.VIPs {
				at := netip.AddrPortFrom(vip, p.Number)
				if other, taken := owners[at]; taken {
					t.Fatalf("calls to %s lead to %s and to %s", at, other, s.Key)
				}
				owners[at] = s.Key
			}
		}
	}
}

// routeIsHonouredOrTold: a route of the mesh with a Service as a parent is attached somewhere, or has a finding.
func routeIsHonouredOrTold(t failer, m *model.Model, r metav1.Object, parents []gateway.ParentReference) {
	toService := func(p gateway.ParentReference) bool {
		return p.Kind != nil && *p.Kind == "Service" && p.Group != nil && *p.Group == ""
	}
	if !slices.Contains(m.Mesh.Namespaces, r.GetNamespace()) || !slices.ContainsFunc(parents, toService) {
		return
	}
	stamp := model.RouteStamp(r)
	told := slices.ContainsFunc(m.Findings, func(f model.Finding) bool {
		return f.Kind == stamp.Kind && f.Namespace == stamp.Namespace && f.Name == stamp.Name
	})
	for _, service := range m.Services {
		for _, p := range service.Ports {
			told = told || slices.Contains(p.RouteStamps, stamp)
		}
	}
	if !told {
		t.Fatalf("nobody learns of the %s %s/%s", stamp.Kind, stamp.Namespace, stamp.Name)
	}
}
