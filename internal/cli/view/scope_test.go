package view

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-mesh/weft/internal/cli/dump"
)

func TestScopeOfAProxy(t *testing.T) {
	services := []string{"bank/ledger", "bank/rates", "far/away", "shop/cart", "shop/web"}
	narrow := dump.Scope{
		Services: services, Own: services[3:], Since: services[2:3],
		Why: map[string][]string{"policy": services[:1], "called": services[1:2]},
	}
	const want = `Scope: 5 Services; others when they are called
  own namespace 2
  by Policies   bank/ledger
  called before bank/rates
  since then    far/away
`
	if diff := cmp.Diff(want, Scope(narrow)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := Scope(dump.Scope{Whole: true, Services: services}); got != "Scope: the whole mesh, 5 Services\n" {
		t.Errorf("of the whole mesh: %q", got)
	}
}
