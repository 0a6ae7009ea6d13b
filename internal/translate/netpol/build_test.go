package netpol_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	networking "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/yaml"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/translate/netpol"
)

var long = strings.Repeat("long-", 13)

func mesh(workloads ...model.Workload) *model.Model {
	return &model.Model{Mesh: model.Mesh{Name: "main", UID: "m", NetworkPolicy: true}, Workloads: workloads}
}

func workload(rules ...model.Rule) model.Workload {
	return model.Workload{
		Key:     model.Key{Namespace: "shop", Name: "cart@cart"},
		Label:   "cart",
		Account: model.Identity{Namespace: "shop", Account: "cart"},
		Network: model.Access{Isolated: true, Rules: rules},
	}
}

func rule(ports []uint16, from ...string) model.Rule {
	r := model.Rule{Ports: ports}
	for _, f := range from {
		namespace, account, _ := strings.Cut(f, "/")
		r.From = append(r.From, model.Identity{Namespace: namespace, Account: account})
	}
	return r
}

// Each golden file teaches one thing; `make golden` writes them.
func TestGolden(t *testing.T) {
	for name, m := range map[string]*model.Model{
		"rules-merge-by-ports":          mesh(workload(rule([]uint16{9080, 8080}, "shop/web"), rule([]uint16{8080, 9080}, "edge/gateway", "shop/web"), rule(nil, "shop/admin"))),
		"nobody-may-call":               mesh(workload()),
		"long-account-is-its-namespace": mesh(workload(rule([]uint16{8080}, "shop/"+long, "shop/"+long+"er", "shop/web"))),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := yaml.Marshal(netpol.Build(m)[0])
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", name+".yaml")
			if os.Getenv("GOLDEN") == "write" {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), string(got)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestNoObject(t *testing.T) {
	off := mesh(workload())
	off.Mesh.NetworkPolicy = false
	open := workload(rule(nil, "shop/web"))
	open.Network.Isolated = false
	for reason, m := range map[string]*model.Model{
		"the mesh makes none":          off,
		"the workload is not isolated": mesh(open),
		"there is no workload":         mesh(),
	} {
		if got := netpol.Build(m); len(got) > 0 {
			t.Errorf("%s, yet there is %s", reason, got[0].Name)
		}
	}
	if len(netpol.Build(mesh(workload()))) != 1 {
		t.Error("an isolated workload has no object")
	}
}

func TestNames(t *testing.T) {
	other := workload()
	other.Name, other.Account.Account = "cart@robot", "robot"
	huge, huger := workload(), workload()
	huge.Label, huger.Label = strings.Repeat("x", 253), strings.Repeat("x", 252)+"y"
	got := netpol.Build(mesh(workload(), other, huge, huger))
	names := map[string]bool{}
	for _, p := range got {
		names[p.Name] = true
		if problems := validation.IsDNS1123Subdomain(p.Name); len(problems) > 0 {
			t.Errorf("%s: %v", p.Name, problems)
		}
	}
	if len(names) != 4 {
		t.Errorf("four workloads have the names %v", names)
	}
	if alone := netpol.Build(mesh(workload()))[0].Name; alone != "weft-cart-ingress" {
		t.Errorf("got %s", alone)
	}
}

// A pod whose account doesn't fit into a label bears no such label, so the selector must not ask for it.
func TestPodsOfALongAccountAreSelected(t *testing.T) {
	w := workload()
	w.Account.Account = long
	got := netpol.Build(mesh(w))[0].Spec.PodSelector.MatchLabels
	if d := cmp.Diff(map[string]string{"weft.dev/workload": "cart"}, got); d != "" {
		t.Error(d)
	}
}

func TestOnlyIngressIsIsolated(t *testing.T) {
	got := netpol.Build(mesh(workload()))[0].Spec.PolicyTypes
	if d := cmp.Diff([]networking.PolicyType{networking.PolicyTypeIngress}, got); d != "" {
		t.Error(d)
	}
}
