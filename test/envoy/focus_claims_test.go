package envoy

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/snapshot"
)

// trusting has a Mesh that knows the issuer.
func trusting(s snapshot.Snapshot, of signer) snapshot.Snapshot {
	s.Mesh = &v1alpha1.Mesh{ObjectMeta: metav1.ObjectMeta{Name: "main", UID: "mesh"}}
	s.Mesh.Spec.JWTIssuers = []v1alpha1.JWTIssuer{{
		Name: "corp", Issuer: "https://corp.example", Audiences: []string{"shop"}, JWKS: v1alpha1.KeySet{Inline: of.keys()},
	}}
	return s
}

func bearer(token string) modeltest.Request { return by("Authorization", "Bearer "+token) }

func claimed(c v1alpha1.ClaimMatch) v1alpha1.RequestMatch {
	c.Issuer = "corp"
	return v1alpha1.RequestMatch{Claims: []v1alpha1.ClaimMatch{c}}
}

// TestNamedUsersByClaimOnTheWire sends named users to the new version by a claim of the token that the caller's proxy has
// verified: all of their requests, and none of the others'. A token that is not valid is nobody's. It is not refused either,
// and reaches the application, which may know better [D06].
func TestNamedUsersByClaimOnTheWire(t *testing.T) {
	w, corp := newWire(t), newSigner(t)
	w.publish(t, trusting(w.previewed(claimed(v1alpha1.ClaimMatch{Name: "sub", Regex: `user-(1|2|3)@example\.com`})), corp))
	w.awaitClaims(t, bearer(corp.token(t, valid(userName(1)))))
	const each = 1000
	named := w.count(t, each, func(i int) modeltest.Request { return bearer(corp.token(t, valid(userName(1+i%3)))) })
	others := w.count(t, each, func(i int) modeltest.Request { return bearer(corp.token(t, valid(userName(4+i)))) })
	if named["v2"] != each || others["v1"] != each {
		t.Errorf("named users meet %v, others %v", named, others)
	}

	user := userName(1)
	good := corp.token(t, valid(user))
	parts := strings.Split(good, ".")
	for name, request := range map[string]modeltest.Request{
		"no token":                   {},
		"no words of a token":        bearer("a.b.c"),
		"another scheme":             by("Authorization", "Basic "+good),
		"in the query":               {Target: "/?access_token=" + good},
		"another key":                bearer(newSigner(t).token(t, valid(user))),
		"another payload":            bearer(parts[0] + "." + strings.Split(newSigner(t).token(t, valid(userName(2))), ".")[1] + "." + parts[2]),
		"no signature":               bearer(parts[0] + "." + parts[1] + "."),
		"the algorithm none":         bearer(unsigned(t, "none", valid(user)) + "."),
		"a public key as the secret": bearer(corp.confused(t, valid(user))),
		"over":                       bearer(corp.token(t, valid(user).with("exp", time.Now().Add(-10*time.Minute).Unix()))),
		"not begun":                  bearer(corp.token(t, valid(user).with("nbf", time.Now().Add(10*time.Minute).Unix()))),
		"without an end":             bearer(corp.token(t, valid(user).with("exp", nil))),
		"another issuer":             bearer(corp.token(t, valid(user).with("iss", "https://evil.example"))),
		"no issuer":                  bearer(corp.token(t, valid(user).with("iss", nil))),
		"for somebody else":          bearer(corp.token(t, valid(user).with("aud", "bank"))),
		"for nobody":                 bearer(corp.token(t, valid(user).with("aud", nil))),
		"a number as the subject":    bearer(corp.token(t, valid(user).with("sub", 1))),
	} {
		if got := w.count(t, 50, always(request)); got["v1"] != 50 {
			t.Errorf("a token with %s: %v", name, got)
		}
	}
	for _, token := range []string{good, corp.token(t, valid("bob")), "a.b.c"} {
		r := w.request(t, front, bearer(token))
		r.Header.Set(shown, "Authorization")
		if got := w.do(t, r); got != "Bearer "+token {
			t.Errorf("the application gets %q, want the token as it was", got)
		}
	}
}

// TestClaimsOnTheWire compares claims in each way, beside other matches, in a focus: half of what fits meets the new version. A
// match that is turned round wants a valid token, too [D06 D20].
func TestClaimsOnTheWire(t *testing.T) {
	w, corp := newWire(t), newSigner(t)
	tester := func(p payload) payload { return p.with("groups", []string{"staff", "testers"}) }
	const requests = 1000
	for name, c := range map[string]struct {
		match   v1alpha1.ClaimMatch
		in, out payload
	}{
		"one of a list": {v1alpha1.ClaimMatch{Name: "groups", Exact: "testers"}, tester(valid("ada")), valid("ada").with("groups", []string{"staff", "testers-not"})},
		"a prefix":      {v1alpha1.ClaimMatch{Name: "sub", Prefix: "ad"}, valid("ada"), valid("dad")},
		"that it is":    {v1alpha1.ClaimMatch{Name: "https://corp.example/beta"}, valid("ada").with("https://corp.example/beta", true), valid("ada")},
		"not one":       {v1alpha1.ClaimMatch{Name: "groups", Exact: "testers", Not: true}, valid("ada"), tester(valid("ada"))},
	} {
		m := claimed(c.match)
		m.Method = &v1alpha1.TextMatch{Exact: http.MethodPost}
		w.publish(t, trusting(w.focused(50, m), corp))
		ask := func(method string, p payload) map[string]int {
			r := modeltest.Request{}
			if p != nil {
				r = bearer(corp.token(t, p))
			}
			r.Method = method
			return w.count(t, requests, always(r))
		}
		w.awaitClaims(t, modeltest.Request{Method: http.MethodPost, Headers: [][2]string{{"Authorization", "Bearer " + corp.token(t, c.in)}}})
		if got := ask(http.MethodPost, c.in); !plausible(got["v2"], requests, .5) || got["v1"]+got["v2"] != requests {
			t.Errorf("%s: who is in meets %v", name, got)
		}
		for who, got := range map[string]map[string]int{
			"another claim": ask(http.MethodPost, c.out), "another method": ask(http.MethodGet, c.in), "no token": ask(http.MethodPost, nil),
		} {
			if got["v1"] != requests {
				t.Errorf("%s: who has %s meets %v", name, who, got)
			}
		}
	}
}

// TestAnIssuerThatGoesOnTheWire takes the issuer out of the Mesh: its tokens are nobody's from then on.
func TestAnIssuerThatGoesOnTheWire(t *testing.T) {
	w, corp := newWire(t), newSigner(t)
	match := claimed(v1alpha1.ClaimMatch{Name: "sub", Exact: "ada"})
	request := bearer(corp.token(t, valid("ada")))
	w.publish(t, trusting(w.previewed(match), corp))
	w.awaitClaims(t, request)
	w.publish(t, trusting(w.previewed(match), newSigner(t)))
	until(t, "other keys to hold", func() bool { return versionOf(w.ask(t, request)) == "v1" })
	if got := w.count(t, 200, always(request)); got["v1"] != 200 {
		t.Errorf("with other keys: %v", got)
	}
	w.publish(t, trusting(w.previewed(match), corp))
	w.awaitClaims(t, request)
	w.publish(t, w.previewed(match))
	until(t, "the issuer to be gone", func() bool { return versionOf(w.ask(t, request)) == "v1" })
	if got := w.count(t, 200, always(request)); got["v1"] != 200 {
		t.Errorf("without an issuer: %v", got)
	}
}

// awaitClaims returns when a request meets the new version.
func (w *wire) awaitClaims(t *testing.T, of modeltest.Request) {
	t.Helper()
	until(t, fmt.Sprintf("%s to meet the new version", of.Method), func() bool { return versionOf(w.ask(t, of)) == "v2" })
}
