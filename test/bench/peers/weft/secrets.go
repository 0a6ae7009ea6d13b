package main

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"log/slog"
	"math/big"
	"net/url"
	"time"

	"github.com/weft-mesh/weft/internal/agent/identity"
	"github.com/weft-mesh/weft/internal/agent/secrets"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/test/bench/peers/town"
)

// newSecrets is the agent's own secret service with a certificate of the first workload: without one, no cluster and no
// listener of an Envoy begins to work.
func newSecrets() (*secrets.Server, error) {
	now := time.Now()
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	rootKey, err := identity.NewKey()
	if err != nil {
		return nil, err
	}
	rootDER, err := x509.CreateCertificate(rand.Reader, root, root, &rootKey.PublicKey, rootKey)
	if err != nil {
		return nil, fmt.Errorf("make root: %w", err)
	}
	roots, err := identity.ParseRoots([][]byte{rootDER})
	if err != nil {
		return nil, err
	}
	own, err := issue(roots[0], rootKey, now)
	if err != nil {
		return nil, err
	}
	store := secrets.NewStore()
	if err := store.Set(own, roots); err != nil {
		return nil, err
	}
	return &secrets.Server{Store: store, Log: slog.New(slog.DiscardHandler)}, nil
}

func issue(root *x509.Certificate, rootKey *ecdsa.PrivateKey, now time.Time) (*identity.Identity, error) {
	name, err := url.Parse(model.Identity{Namespace: town.Team(0), Account: town.Name(0)}.SPIFFE(town.TrustDomain))
	if err != nil {
		return nil, err
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: root.NotBefore, NotAfter: root.NotAfter, URIs: []*url.URL{name},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	key, err := identity.NewKey()
	if err != nil {
		return nil, err
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, root, &key.PublicKey, rootKey)
	if err != nil {
		return nil, fmt.Errorf("make certificate: %w", err)
	}
	return identity.Check([][]byte{der}, key, []*x509.Certificate{root}, now)
}
