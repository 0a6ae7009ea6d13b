package token

import (
	"context"
	"crypto"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// TestUnknownKeysAreFetchedRarely: a flood of forged key IDs costs one fetch in five seconds, and a new key of the API
// server is found.
func TestUnknownKeysAreFetchedRarely(t *testing.T) {
	first, second := rsaKey(t), rsaKey(t)
	synctest.Test(t, func(t *testing.T) {
		s := &server{keys: map[string]crypto.PublicKey{"1": first.Public()}}
		at := func(c claims) claims {
			return c.with("exp", time.Now().Add(time.Hour).Unix()).with("iat", time.Now().Unix()).with("nbf", time.Now().Unix())
		}
		v := NewVerifier("weft.dev", s.fetch, time.Now)
		if _, err := v.Verify(t.Context(), sign(t, jose.RS256, first, "1", at(podClaims()))); err != nil {
			t.Fatal(err)
		}
		var group sync.WaitGroup
		for range 100 {
			group.Go(func() {
				_, _ = v.Verify(context.Background(), sign(t, jose.RS256, second, "2", at(podClaims())))
			})
		}
		group.Wait()
		if got := s.fetches.Load(); got != 1 {
			t.Errorf("%d fetches within five seconds, want 1", got)
		}
		s.keys["2"] = second.Public()
		time.Sleep(fetchGap) // the bubble's clock
		for range 10 {
			if _, err := v.Verify(t.Context(), sign(t, jose.RS256, second, "2", at(podClaims()))); err != nil {
				t.Errorf("a new key: %v", err)
			}
		}
		if got := s.fetches.Load(); got != 2 {
			t.Errorf("%d fetches, want 2", got)
		}
	})
}

// TestWithdrawnKeyEnds: keys are fetched again although all of them are known, and stay when that fails.
func TestWithdrawnKeyEnds(t *testing.T) {
	key, next := rsaKey(t), rsaKey(t)
	synctest.Test(t, func(t *testing.T) {
		s := &server{keys: map[string]crypto.PublicKey{"1": key.Public()}}
		v := NewVerifier("weft.dev", s.fetch, time.Now)
		verify := func() error {
			c := podClaims().with("exp", time.Now().Add(time.Hour).Unix()).with("iat", time.Now().Unix()).with("nbf", time.Now().Unix())
			_, err := v.Verify(t.Context(), sign(t, jose.RS256, key, "1", c))
			synctest.Wait()
			return err
		}
		if err := verify(); err != nil {
			t.Fatal(err)
		}
		s.fail = context.DeadlineExceeded
		time.Sleep(fetchAge)
		for range 2 {
			if err := verify(); err != nil {
				t.Errorf("the API server is away: %v", err)
			}
		}
		s.fail, s.keys = nil, map[string]crypto.PublicKey{"2": next.Public()}
		time.Sleep(fetchGap)
		if err := verify(); err != nil {
			t.Errorf("nobody waits for a fetch in the background: %v", err)
		}
		if err := verify(); err == nil {
			t.Error("a withdrawn key is accepted")
		}
	})
}

func TestParseKeysLeavesOutWhatIsNoKey(t *testing.T) {
	for _, document := range []string{``, `[]`, `{}`, `{"keys":[]}`, `{"keys":[{"kty":"oct","kid":"a","k":"AAAA"}]}`, `{"keys":[{"kty":"RSA","kid":"a"}]}`} {
		if got, err := parseKeys([]byte(document)); err == nil {
			t.Errorf("parseKeys(%s) = %v, want an error", document, got)
		}
	}
}

func FuzzParseKeys(f *testing.F) {
	f.Add([]byte(`{"keys":[{"kty":"EC","crv":"P-256","kid":"a","x":"AA","y":"AA"}]}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		byID, err := parseKeys(document)
		if (len(byID) == 0) == (err == nil) {
			t.Fatalf("%d keys and error %v", len(byID), err)
		}
		for _, key := range byID {
			if !key.IsPublic() {
				t.Fatal("a secret is used as a public key")
			}
		}
	})
}

func FuzzParseClaims(f *testing.F) {
	f.Add([]byte(`{"iss":"i","sub":"system:serviceaccount:a:b","exp":1,"kubernetes.io":{"namespace":"a","pod":{"name":"p","uid":"u"},"serviceaccount":{"name":"b","uid":"v"}}}`))
	f.Add([]byte(`{"aud":7}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		c, err := parseClaims(payload)
		complete := c.Namespace != "" && c.Pod != "" && c.PodUID != "" && c.Account != "" && c.AccountUID != ""
		if complete != (err == nil) {
			t.Fatalf("claims %+v and error %v", c, err)
		}
	})
}

func FuzzVerify(f *testing.F) {
	key := rsaKey(f)
	s := &server{keys: map[string]crypto.PublicKey{"1": key.Public()}}
	v := NewVerifier("weft.dev", s.fetch, func() time.Time { return noon })
	good := sign(f, jose.RS256, key, "1", podClaims())
	f.Add(good)
	f.Add(good + "=")
	f.Add("a.b.c")
	f.Fuzz(func(t *testing.T, raw string) {
		if c, err := v.Verify(context.Background(), raw); err == nil && c.PodUID != "u1" {
			t.Fatalf("a token that nobody made is accepted: %+v", c)
		}
	})
}
