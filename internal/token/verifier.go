package token

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"k8s.io/client-go/rest"
)

const (
	// skew is how far the clocks of the API server and of this machine may be apart.
	skew = time.Minute
	// maxToken is the largest token in bytes. Kubernetes' own have some 1,200.
	maxToken = 16 << 10
)

// algorithms that a token may be signed with. The API server uses no others; none is symmetric.
var algorithms = []jose.SignatureAlgorithm{
	jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512,
}

// ErrUnavailable says that nothing can be said about any token now, since the API server's keys are not known.
var ErrUnavailable = errors.New("tokens can't be verified now")

// Verifier verifies tokens for one audience. It is safe for concurrent use.
type Verifier struct {
	audience string
	keys     keys
	clock    func() time.Time
}

// NewVerifier takes only tokens that were made for this audience.
func NewVerifier(audience string, fetch Fetch, clock func() time.Time) *Verifier {
	return &Verifier{audience: audience, clock: clock, keys: keys{fetch: fetch, clock: clock}}
}

// FromAPIServer fetches the documents with the operator's own credentials.
func FromAPIServer(client rest.Interface) Fetch {
	get := func(ctx context.Context, path string) ([]byte, error) {
		body, err := client.Get().AbsPath(path).DoRaw(ctx)
		if err != nil {
			return nil, fmt.Errorf("get %s: %w", path, err)
		}
		return body, nil
	}
	return func(ctx context.Context) (d Documents, err error) {
		if d.Configuration, err = get(ctx, "/.well-known/openid-configuration"); err != nil {
			return d, err
		}
		d.Keys, err = get(ctx, "/openid/v1/jwks")
		return d, err
	}
}

// Verify returns whose token it is. An error never quotes the token.
func (v *Verifier) Verify(ctx context.Context, raw string) (Claims, error) {
	if len(raw) > maxToken {
		return Claims{}, fmt.Errorf("token of %d bytes: at most %d are allowed", len(raw), maxToken)
	}
	signed, err := jose.ParseSignedCompact(raw, algorithms)
	if err != nil {
		return Claims{}, errors.New("the token is no JWT that is signed with an allowed algorithm")
	}
	key, issuer, err := v.keys.find(ctx, signed.Signatures[0].Header.KeyID)
	if errors.Is(err, errUnknownKey) {
		return Claims{}, fmt.Errorf("the token: %w", err)
	}
	if err != nil {
		return Claims{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if key.Algorithm != "" && key.Algorithm != signed.Signatures[0].Header.Algorithm {
		return Claims{}, errors.New("the token is signed with another algorithm than its key is for")
	}
	payload, err := signed.Verify(key)
	if err != nil {
		return Claims{}, errors.New("the signature of the token is wrong")
	}
	claims, err := parseClaims(payload)
	if err != nil {
		return Claims{}, fmt.Errorf("the token: %w", err)
	}
	if err := v.check(claims, issuer); err != nil {
		return Claims{}, err
	}
	return claims, nil
}

func (v *Verifier) check(c Claims, issuer string) error {
	now := v.clock()
	switch {
	case c.issuer != issuer:
		return fmt.Errorf("the token is from the issuer %.200q, want %q", c.issuer, issuer)
	case !slices.Contains(c.audience, v.audience):
		return fmt.Errorf("the token is for the audience %.200q, want %q", c.audience, v.audience)
	case !now.Before(c.NotAfter.Add(skew)):
		return fmt.Errorf("the token has ended at %s", c.NotAfter.UTC().Format(time.RFC3339))
	case now.Before(c.notBefore.Add(-skew)), now.Before(c.issuedAt.Add(-skew)):
		return errors.New("the token is not valid yet")
	}
	return nil
}
