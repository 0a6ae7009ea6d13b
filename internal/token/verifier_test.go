package token

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const issuer = "https://kubernetes.default.svc"

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

type claims map[string]any

// podClaims are those of a good token.
func podClaims() claims {
	return claims{
		"iss": issuer, "aud": []string{"weft.dev"}, "sub": "system:serviceaccount:shop:cart",
		"iat": noon.Unix(), "nbf": noon.Unix(), "exp": noon.Add(time.Hour).Unix(),
		"kubernetes.io": map[string]any{
			"namespace":      "shop",
			"pod":            map[string]any{"name": "cart-1", "uid": "u1"},
			"serviceaccount": map[string]any{"name": "cart", "uid": "a1"},
			"node":           map[string]any{"name": "n1", "uid": "n"},
		},
	}
}

func (c claims) with(name string, value any) claims {
	if value == nil {
		delete(c, name)
	} else {
		c[name] = value
	}
	return c
}

func (c claims) bound(name string, value any) claims {
	c["kubernetes.io"].(map[string]any)[name] = value
	return c
}

func sign(t testing.TB, algorithm jose.SignatureAlgorithm, key any, kid string, c claims) string {
	t.Helper()
	options := (&jose.SignerOptions{}).WithHeader("kid", kid)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, options)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func rsaKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// server is an API server that publishes keys.
type server struct {
	keys    map[string]crypto.PublicKey
	fetches atomic.Int32
	fail    error
}

func (s *server) fetch(context.Context) (Documents, error) {
	s.fetches.Add(1)
	if s.fail != nil {
		return Documents{}, s.fail
	}
	var set jose.JSONWebKeySet
	for id, key := range s.keys {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: key, KeyID: id, Use: "sig"})
	}
	document, err := json.Marshal(set)
	return Documents{Configuration: []byte(`{"issuer":"` + issuer + `","jwks_uri":"https://elsewhere"}`), Keys: document}, err
}

func TestVerify(t *testing.T) {
	rs, other := rsaKey(t), rsaKey(t)
	es, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s := &server{keys: map[string]crypto.PublicKey{"r": rs.Public(), "e": es.Public()}}
	rs256 := func(c claims) string { return sign(t, jose.RS256, rs, "r", c) }
	good := rs256(podClaims())
	parts := strings.Split(good, ".")
	raw := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	later := func(d time.Duration) int64 { return noon.Add(d).Unix() }

	cases := []struct {
		reason string
		token  string
		want   string // part of the error; empty: accepted
	}{
		{"RS256", good, ""},
		{"ES256", sign(t, jose.ES256, es, "e", podClaims()), ""},
		{"audience as a string", rs256(podClaims().with("aud", "weft.dev")), ""},
		{"one of two audiences", rs256(podClaims().with("aud", []string{"x", "weft.dev"})), ""},
		{"ended within the skew", rs256(podClaims().with("exp", later(-30*time.Second))), ""},
		{"begins within the skew", rs256(podClaims().with("nbf", later(30*time.Second)).with("iat", later(30*time.Second))), ""},

		{"wrong audience", rs256(podClaims().with("aud", []string{"istio-ca"})), "audience"},
		{"the API server's audience", rs256(podClaims().with("aud", []string{issuer})), "audience"},
		{"part of the audience", rs256(podClaims().with("aud", []string{"weft.dev.evil", "weft"})), "audience"},
		{"no audience", rs256(podClaims().with("aud", nil)), "audience"},
		{"other issuer", rs256(podClaims().with("iss", "https://evil")), "issuer"},
		{"no issuer", rs256(podClaims().with("iss", nil)), "iss"},
		{"expired", rs256(podClaims().with("exp", later(-2*time.Minute))), "has ended"},
		{"no expiry", rs256(podClaims().with("exp", nil)), "exp"},
		{"not yet valid", rs256(podClaims().with("nbf", later(2*time.Minute))), "not valid yet"},
		{"issued in the future", rs256(podClaims().with("iat", later(2*time.Minute))), "not valid yet"},
		{"subject of another account", rs256(podClaims().with("sub", "system:serviceaccount:shop:admin")), "sub"},
		{"not bound to a pod", rs256(podClaims().bound("pod", nil)), "pod.name"},
		{"no uid of the pod", rs256(podClaims().bound("pod", map[string]any{"name": "cart-1"})), "pod.uid"},
		{"no account", rs256(podClaims().bound("serviceaccount", nil)), "serviceaccount.name"},
		{"no namespace", rs256(podClaims().bound("namespace", "")), "namespace"},
		{"namespace with a slash", rs256(podClaims().bound("namespace", "a/b").with("sub", "system:serviceaccount:a/b:cart")), "slash"},
		{"claims of a user", rs256(podClaims().with("kubernetes.io", nil)), "namespace"},

		{"key of another, known ID", sign(t, jose.RS256, other, "r", podClaims()), "signature"},
		{"unknown key ID", sign(t, jose.RS256, other, "x", podClaims()), "no key"},
		{"no key ID", sign(t, jose.RS256, rs, "", podClaims()), "no key"},
		{"algorithm of another key type", sign(t, jose.RS256, rs, "e", podClaims()), "signature"},
		{"alg none", raw(`{"alg":"none","kid":"r"}`) + "." + parts[1] + ".", "allowed algorithm"},
		{"HMAC with the public key", sign(t, jose.HS256, rs.N.Bytes(), "r", podClaims()), "allowed algorithm"},
		{"changed claims", parts[0] + "." + raw(`{"iss":"`+issuer+`"}`) + "." + parts[2], "signature"},
		{"no signature", parts[0] + "." + parts[1] + ".", "signature"},
		{"text", "hello", "no JWT"},
		{"empty", "", "no JWT"},
		{"too large", strings.Repeat("a", 17<<10), "at most"},
	}
	v := NewVerifier("weft.dev", s.fetch, func() time.Time { return noon })
	for _, c := range cases {
		got, err := v.Verify(t.Context(), c.token)
		if c.want == "" {
			want := Claims{Namespace: "shop", Pod: "cart-1", PodUID: "u1", Account: "cart", AccountUID: "a1"}
			if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Claims{}), cmpopts.IgnoreFields(Claims{}, "NotAfter")); err != nil || diff != "" {
				t.Errorf("%s: %v\n%s", c.reason, err, diff)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || got.PodUID != "" {
			t.Errorf("%s: error %v and claims %v, want no claims and an error with %q", c.reason, err, got, c.want)
		}
		if err != nil && len(c.token) > 20 && strings.Contains(err.Error(), c.token[:20]) {
			t.Errorf("%s: the error quotes the token: %v", c.reason, err)
		}
	}
}

func TestUnavailableIsToldApart(t *testing.T) {
	s := &server{fail: errors.New("connection refused")}
	v := NewVerifier("weft.dev", s.fetch, func() time.Time { return noon })
	if _, err := v.Verify(t.Context(), sign(t, jose.RS256, rsaKey(t), "r", podClaims())); !errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
}
