package operator

import (
	"context"
	"crypto/x509"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/weft-mesh/weft/internal/agent/identity"
	"github.com/weft-mesh/weft/internal/agent/secrets"
	"github.com/weft-mesh/weft/internal/protocol/agentv1"
)

// Bounds of the wait after a failed or before a further request for a certificate.
const (
	firstSignWait = 200 * time.Millisecond
	mostSignWait  = 30 * time.Second
	signTimeout   = 20 * time.Second
)

// Keeper keeps the workload's certificate valid and the mesh's roots present.
type Keeper struct {
	Client agentv1.AgentClient
	Trust  *Trust
	Store  *secrets.Store
	Log    *slog.Logger

	mu      sync.Mutex
	present *identity.Identity
	renew   chan struct{}
	once    sync.Once
}

// Run asks for a certificate, and for the next at half its life. It ends with the context.
func (k *Keeper) Run(ctx context.Context) error {
	failures := 0
	for {
		wait := identity.Backoff(failures, firstSignWait, mostSignWait, rand.Float64())
		if id, err := k.sign(ctx); err == nil {
			failures = 0
			k.Log.Info("identity issued", "identity", id, "until", id.Leaf().NotAfter)
			at := identity.RenewAt(id.Leaf().NotBefore, id.Leaf().NotAfter, rand.Float64())
			wait = max(time.Until(at), time.Second)
		} else if ctx.Err() == nil {
			failures++
			k.Log.Error("no certificate yet, will ask again", "error", err, "in", wait)
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-k.signal():
			timer.Stop()
		case <-ctx.Done():
			timer.Stop()
			return nil
		}
	}
}

func (k *Keeper) sign(ctx context.Context) (*identity.Identity, error) {
	ctx, cancel := context.WithTimeout(ctx, signTimeout)
	defer cancel()
	key, err := identity.NewKey()
	if err != nil {
		return nil, err
	}
	request, err := identity.Request(key)
	if err != nil {
		return nil, err
	}
	answer, err := k.Client.Sign(ctx, &agentv1.SignRequest{CsrDer: request})
	if err != nil {
		return nil, fmt.Errorf("ask the operator for a certificate: %w", err)
	}
	roots, err := identity.ParseRoots(answer.RootsDer)
	if err != nil {
		return nil, fmt.Errorf("the operator's answer: %w", err)
	}
	id, err := identity.Check(answer.ChainDer, key, roots, time.Now())
	if err != nil {
		return nil, fmt.Errorf("the operator's answer: %w", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return id, k.serve(id, roots)
}

// serve needs the lock.
func (k *Keeper) serve(id *identity.Identity, roots []*x509.Certificate) error {
	if err := k.Store.Set(id, roots); err != nil {
		return err
	}
	k.present = id
	k.Trust.Receive(roots)
	return nil
}

// SetRoots serves other roots. If our certificate does not lead to them, the next is asked for at once.
func (k *Keeper) SetRoots(ders [][]byte) error {
	roots, err := identity.ParseRoots(ders)
	if err != nil {
		return fmt.Errorf("roots from the operator: %w", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.present == nil {
		k.Trust.Receive(roots)
		return nil
	}
	if err := k.serve(k.present, roots); err != nil {
		return err
	}
	if !k.present.TrustedBy(roots, time.Now()) {
		select {
		case k.signal() <- struct{}{}:
		default:
		}
	}
	return nil
}

func (k *Keeper) signal() chan struct{} {
	k.once.Do(func() { k.renew = make(chan struct{}, 1) })
	return k.renew
}
