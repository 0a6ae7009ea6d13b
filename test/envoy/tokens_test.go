package envoy

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"testing"
	"time"
)

// signer is an issuer of tokens.
type signer struct{ key *rsa.PrivateKey }

func newSigner(t *testing.T) signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return signer{key}
}

// keys are the public ones as a JSON Web Key Set.
func (s signer) keys() string {
	text := base64.RawURLEncoding.EncodeToString
	return `{"keys":[{"kty":"RSA","use":"sig","alg":"RS256","kid":"1","n":"` + text(s.key.N.Bytes()) + `","e":"` + text(big.NewInt(int64(s.key.E)).Bytes()) + `"}]}`
}

// payload is what a token says.
type payload map[string]any

// valid is a payload of the issuer for the shop that ends in an hour, with a subject.
func valid(subject string) payload {
	return payload{"iss": "https://corp.example", "aud": "shop", "exp": time.Now().Add(time.Hour).Unix(), "sub": subject}
}

func (p payload) with(claim string, value any) payload {
	if value == nil {
		delete(p, claim)
	} else {
		p[claim] = value
	}
	return p
}

// token is signed with RS256.
func (s signer) token(t *testing.T, p payload) string {
	t.Helper()
	text := unsigned(t, "RS256", p)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, s.key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// confused is signed with HS256, with what everybody knows as the secret.
func (s signer) confused(t *testing.T, p payload) string {
	t.Helper()
	text := unsigned(t, "HS256", p)
	mac := hmac.New(sha256.New, s.key.N.Bytes())
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func unsigned(t *testing.T, algorithm string, p payload) string {
	t.Helper()
	body, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	text := base64.RawURLEncoding.EncodeToString
	return text([]byte(`{"alg":"`+algorithm+`","typ":"JWT","kid":"1"}`)) + "." + text(body)
}
