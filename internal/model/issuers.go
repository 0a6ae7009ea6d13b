package model

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// Issuer is one whose tokens proxies can verify.
type Issuer struct {
	Name      string
	Issuer    string   // as the claim iss has it
	Audiences []string // of which a token must have one; empty: any
	Keys      string   // a JSON Web Key Set
}

// issuers are those of the Mesh that can be used, sorted by name. What can't be is told: its tokens are never verified.
func (b *builder) issuers() {
	if b.Mesh == nil {
		return
	}
	known := map[string]string{} // names by the claim iss
	for i, is := range b.Mesh.Spec.JWTIssuers {
		field, problem := fmt.Sprintf("spec.jwtIssuers[%d]", i), ""
		at := ""
		switch other, taken := known[is.Issuer]; {
		case is.Name == "" || slices.ContainsFunc(b.model.Mesh.Issuers, func(o Issuer) bool { return o.Name == is.Name }):
			at, problem = ".name", "it needs a name of its own"
		case is.Issuer == "":
			at, problem = ".issuer", "without it any token would be of this issuer"
		case taken:
			at, problem = ".issuer", fmt.Sprintf("%s has the same, and a token is of one issuer", other)
		default:
			at, problem = ".jwks.inline", keysProblem(is.JWKS.Inline)
		}
		if problem != "" {
			b.note("Mesh", Key{Name: b.Mesh.Name}, ReasonIssuerUnusable, field+at, "%s; tokens of %s are not verified, so no request fits a claim of it", problem, is.Name)
			continue
		}
		known[is.Issuer] = is.Name
		b.model.Mesh.Issuers = append(b.model.Mesh.Issuers, Issuer{is.Name, is.Issuer, slices.Sorted(slices.Values(is.Audiences)), is.JWKS.Inline})
	}
	slices.SortFunc(b.model.Mesh.Issuers, func(x, y Issuer) int { return cmp.Compare(x.Name, y.Name) })
}

// keysProblem says why a key set can't be given to proxies; empty: it can. All of them get it, so it must hold public keys
// only.
func keysProblem(text string) string {
	var set struct {
		Keys []map[string]any `json:"keys"`
	}
	if err := json.Unmarshal([]byte(text), &set); err != nil {
		return fmt.Sprintf("it is no JSON Web Key Set: %v", err)
	}
	usable := 0
	for i, key := range set.Keys {
		for _, secret := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
			if _, is := key[secret]; is {
				return fmt.Sprintf("keys[%d] has the secret part %q, and every proxy would get it", i, secret)
			}
		}
		if text, is := key["kty"].(string); is && slices.Contains([]string{"RSA", "EC", "OKP"}, text) {
			usable++
		}
	}
	if usable == 0 {
		return "it has no public key of the types RSA, EC or OKP"
	}
	return ""
}

// checkIssuers finds claims that no token can prove.
func (b *builder) checkIssuers(c *v1alpha1.Canary, field string, m v1alpha1.RequestMatch) {
	for i, claim := range m.Claims {
		if !slices.ContainsFunc(b.model.Mesh.Issuers, func(o Issuer) bool { return o.Name == claim.Issuer }) {
			b.fatal("Canary", keyOf(c), ReasonIssuerUnknown, fmt.Sprintf("%s.claims[%d].issuer", field, i),
				"the Mesh %s has no jwtIssuers entry called %q that can be used, so no request would fit", b.model.Mesh.Name, claim.Issuer)
		}
	}
}
