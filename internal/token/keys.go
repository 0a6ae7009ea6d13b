package token

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	// fetchGap is the least time between two fetches, whatever callers send.
	fetchGap = 5 * time.Second
	// fetchAge is when keys are fetched again although all is well, so that a withdrawn key stops counting.
	fetchAge = 5 * time.Minute
	// fetchTimeout bounds one fetch.
	fetchTimeout = 10 * time.Second
)

// Documents are what the API server publishes about its tokens.
type Documents struct {
	Configuration []byte // /.well-known/openid-configuration
	Keys          []byte // /openid/v1/jwks
}

// Fetch reads both documents.
type Fetch func(ctx context.Context) (Documents, error)

// errUnknownKey says that no key has the ID.
var errUnknownKey = errors.New("no key of the API server has this ID")

// keys remembers the API server's keys and fetches them again when a token names one that it does not know.
type keys struct {
	fetch Fetch
	clock func() time.Time

	mu      sync.Mutex
	issuer  string
	byID    map[string]jose.JSONWebKey
	tried   time.Time // begin of the last fetch
	fetched time.Time // begin of the last fetch that succeeded
	running chan struct{}
	failure error
}

// find returns the key and the issuer that tokens must have. It waits for a fetch only when the key is not known.
func (k *keys) find(ctx context.Context, id string) (jose.JSONWebKey, string, error) {
	for waited := false; ; waited = true {
		key, issuer, running, err := k.look(id, waited)
		if running == nil {
			return key, issuer, err
		}
		select {
		case <-running:
		case <-ctx.Done():
			return jose.JSONWebKey{}, "", fmt.Errorf("wait for the API server's keys: %w", ctx.Err())
		}
	}
}

// look returns what is known, or a channel to wait on. Whoever has waited takes what there is.
func (k *keys) look(id string, waited bool) (jose.JSONWebKey, string, <-chan struct{}, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.clock()
	key, known := k.byID[id]
	mayFetch := k.running == nil && (k.tried.IsZero() || now.Sub(k.tried) >= fetchGap)
	if mayFetch && (!known && !waited || now.Sub(k.fetched) >= fetchAge) {
		k.start(now)
	}
	switch {
	case known:
		return key, k.issuer, nil, nil
	case k.running != nil && !waited:
		return key, "", k.running, nil
	case k.byID == nil && k.failure != nil:
		return key, "", nil, k.failure
	default:
		return key, "", nil, errUnknownKey
	}
}

func (k *keys) start(now time.Time) {
	done := make(chan struct{})
	k.running, k.tried = done, now
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), fetchTimeout)
		defer cancel()
		issuer, byID, err := k.load(ctx)
		k.mu.Lock()
		defer k.mu.Unlock()
		k.failure = err
		if err == nil {
			k.issuer, k.byID, k.fetched = issuer, byID, now
		}
		k.running = nil
		close(done)
	}()
}

func (k *keys) load(ctx context.Context) (string, map[string]jose.JSONWebKey, error) {
	documents, err := k.fetch(ctx)
	if err != nil {
		return "", nil, fmt.Errorf("fetch the API server's keys: %w", err)
	}
	issuer, err := parseIssuer(documents.Configuration)
	if err != nil {
		return "", nil, err
	}
	byID, err := parseKeys(documents.Keys)
	return issuer, byID, err
}

func parseIssuer(configuration []byte) (string, error) {
	var c struct {
		Issuer string `json:"issuer"`
	}
	if err := json.Unmarshal(configuration, &c); err != nil {
		return "", fmt.Errorf("the API server's openid-configuration: %w", err)
	}
	if c.Issuer == "" {
		return "", errors.New("the API server's openid-configuration names no issuer")
	}
	return c.Issuer, nil
}

// parseKeys ignores keys that are not for signatures, and those that nobody can verify with.
func parseKeys(document []byte) (map[string]jose.JSONWebKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(document, &set); err != nil {
		return nil, fmt.Errorf("the API server's JWKS: %w", err)
	}
	byID := map[string]jose.JSONWebKey{}
	for _, raw := range set.Keys {
		var key jose.JSONWebKey
		if key.UnmarshalJSON(raw) != nil || !key.Valid() || !key.IsPublic() || key.KeyID == "" || key.Use != "" && key.Use != "sig" {
			continue
		}
		byID[key.KeyID] = key
	}
	if len(byID) == 0 {
		return nil, errors.New("the API server's JWKS has no key for signatures")
	}
	return byID, nil
}
