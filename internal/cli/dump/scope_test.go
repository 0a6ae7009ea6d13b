package dump

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestScopeOf(t *testing.T) {
	cluster := func(name string, state State) Resource {
		return Resource{Type: Clusters, Name: name, State: state, Config: json.RawMessage(`{}`)}
	}
	why := cluster("scope", Active)
	why.Config = json.RawMessage(`{"name": "scope", "metadata": {"filter_metadata": {"weft.dev/scope": {"policy": ["bank/rates"], "called": ["bank/ledger"]}}}}`)
	all := []Resource{
		cluster("agent", Static), cluster("passthrough", Active), cluster("first/10.96.0.9", Active), why,
		cluster("shop/cart/80", Active), cluster("shop/cart/80/version=v2", Active), cluster("shop/web/80", Warming),
		cluster("bank/rates/80", Active), cluster("bank/ledger/7000", Active), cluster("far/away/80", Active), cluster("far/refused/80", Rejected),
		{Type: Routes, Name: "far/route/80", State: Active},
	}
	want := Scope{
		Services: []string{"bank/ledger", "bank/rates", "far/away", "shop/cart", "shop/web"},
		Own:      []string{"shop/cart", "shop/web"},
		Why:      map[string][]string{"policy": {"bank/rates"}, "called": {"bank/ledger"}},
		Since:    []string{"far/away"},
	}
	if diff := cmp.Diff(want, ScopeOf(all, "shop")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	whole := ScopeOf(append(all[:3:3], all[4:]...), "shop")
	if diff := cmp.Diff(Scope{Whole: true, Services: want.Services, Why: map[string][]string{}}, whole); diff != "" {
		t.Errorf("without a word of the operator it is the whole mesh (-want +got):\n%s", diff)
	}
}
