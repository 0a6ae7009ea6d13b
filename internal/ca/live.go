package ca

import (
	"context"
	"crypto"
	"crypto/tls"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Rate and Burst bound how many certificates a replica signs in a second. A core signs several times as many, so other
// work goes on while a whole fleet asks anew.
const (
	Rate  = 1000
	Burst = 2000
)

// ErrNotReady says that there is no authority yet, ErrBusy that a request's turn would come too late.
var (
	ErrNotReady = errors.New("the CA is not ready: its Secret has not been read yet")
	ErrBusy     = errors.New("too many requests for certificates")
)

// Live is the authority of this moment, and the operator's own certificate from it. It is safe for concurrent use.
type Live struct {
	account string
	dns     []string
	clock   func() time.Time
	bucket  *rate.Limiter

	mu        sync.Mutex
	authority *Authority
	changed   chan struct{}
	serving   *tls.Certificate
}

// NewLive has no authority yet. The path is that of the operator's own SPIFFE ID, /ns/NAMESPACE/sa/ACCOUNT, and dns are
// the names under which agents call it.
func NewLive(path string, dns []string, clock func() time.Time) *Live {
	return &Live{account: path, dns: dns, clock: clock, bucket: rate.NewLimiter(Rate, Burst), changed: make(chan struct{})}
}

// Set makes the authority the one that signs from now on.
func (l *Live) Set(a *Authority) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.authority, l.serving = a, nil
	close(l.changed)
	l.changed = make(chan struct{})
}

// Authority returns the authority, and a channel that is closed when another is set. It is nil before the first.
func (l *Live) Authority() (*Authority, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.authority, l.changed
}

// Sign waits for its turn and signs. It fails at once if the turn would come after the context's deadline.
func (l *Live) Sign(ctx context.Context, public crypto.PublicKey, path string, lifetime time.Duration) ([][]byte, *Authority, error) {
	a, _ := l.Authority()
	if a == nil {
		return nil, nil, ErrNotReady
	}
	if err := l.bucket.Wait(ctx); err != nil {
		return nil, nil, fmt.Errorf("sign for %s: %w: %w", path, ErrBusy, err)
	}
	chain, err := a.Sign(public, a.domain.String()+path, lifetime, l.clock())
	return chain, a, err
}

// certificate is the operator's own. A new one is made at half life and for a new authority.
func (l *Live) certificate() (*tls.Certificate, *Authority, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.authority
	if a == nil {
		return nil, nil, ErrNotReady
	}
	now := l.clock()
	if l.serving == nil || !now.Before(halfLife(l.serving)) {
		fresh, err := Serving(a, l.dns, a.domain.String()+l.account, now)
		if err != nil {
			return nil, nil, err
		}
		l.serving = fresh
	}
	return l.serving, a, nil
}

func halfLife(c *tls.Certificate) time.Time {
	return c.Leaf.NotBefore.Add(c.Leaf.NotAfter.Sub(c.Leaf.NotBefore) / 2)
}

// AgentTLS is for the listener of agents. They prove themselves with a token.
func (l *Live) AgentTLS() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS13,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return l.own() },
	}
}

// PeerTLS is for both ends of a connection between replicas: each proves that it is the operator. The address that was
// dialled proves nothing, so names are not looked at.
func (l *Live) PeerTLS() *tls.Config {
	return &tls.Config{
		MinVersion:             tls.VersionTLS13,
		SessionTicketsDisabled: true,
		GetCertificate:         func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return l.own() },
		GetClientCertificate:   func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return l.own() },
		ClientAuth:             tls.RequireAnyClientCert,
		InsecureSkipVerify:     true, // VerifyConnection does it, by identity
		VerifyConnection: func(state tls.ConnectionState) error {
			_, a, err := l.certificate()
			if err != nil {
				return err
			}
			return SPIFFEPeer(a, a.domain.String()+l.account, state.PeerCertificates, l.clock())
		},
	}
}

func (l *Live) own() (*tls.Certificate, error) {
	c, _, err := l.certificate()
	return c, err
}
