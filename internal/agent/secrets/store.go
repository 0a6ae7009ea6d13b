package secrets

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"
	"sync"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/weft-mesh/weft/internal/agent/identity"
	"github.com/weft-mesh/weft/internal/protocol/agentv1"
)

// Names of the secrets, and their type. They are those of package translate/xds, which an agent does not link.
const (
	Identity = "identity"
	Roots    = "roots"
	TypeURL  = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret"
)

// secret is one secret, encoded. The version of the identity is the leaf's serial number; that of the roots is the list
// of their fingerprints.
type secret struct {
	version string
	body    *anypb.Any
}

// Store holds the present secrets and what Envoy did with them.
type Store struct {
	mu      sync.Mutex
	secrets map[string]secret
	changed chan struct{} // closed at a change of secrets
	present chan struct{} // closed when there are secrets
	wanted  map[string]int
	acked   map[string]string // versions
	said    chan struct{}     // closed when acked changes
}

// NewStore makes a store without secrets.
func NewStore() *Store {
	return &Store{
		secrets: map[string]secret{}, changed: make(chan struct{}), present: make(chan struct{}),
		wanted: map[string]int{}, acked: map[string]string{}, said: make(chan struct{}),
	}
}

// Set replaces both secrets.
func (s *Store) Set(id *identity.Identity, roots []*x509.Certificate) error {
	own, err := encodeIdentity(id)
	if err != nil {
		return err
	}
	trust, err := encodeRoots(roots)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.secrets) == 0 {
		close(s.present)
	}
	s.secrets = map[string]secret{Identity: own, Roots: trust}
	close(s.changed)
	s.changed = make(chan struct{})
	return nil
}

// get is the present secret, if there is one.
func (s *Store) get(name string) (secret, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.secrets[name]
	return found, ok
}

// change is closed at the next change of secrets.
func (s *Store) change() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// want notes that one stream more, or one less, asks for a secret. Without a stream nothing is known of Envoy.
func (s *Store) want(name string, streams int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wanted[name] += streams
	if s.wanted[name] <= 0 {
		delete(s.wanted, name)
		delete(s.acked, name)
		s.tell()
	}
}

func (s *Store) ack(name, version string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.acked[name] != version {
		s.acked[name] = version
		s.tell()
	}
}

func (s *Store) tell() {
	close(s.said)
	s.said = make(chan struct{})
}

// Acknowledged says whether Envoy has acknowledged some version of each secret that it asks for.
func (s *Store) Acknowledged() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name := range s.wanted {
		if _, ok := s.acked[name]; !ok {
			return false
		}
	}
	return true
}

// State is what Envoy has acknowledged, and a channel that is closed when that changes.
func (s *Store) State() (*agentv1.SecretState, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	state := &agentv1.SecretState{LeafSerial: s.acked[Identity]}
	if prints := s.acked[Roots]; prints != "" {
		state.RootFingerprints = strings.Split(prints, ",")
	}
	return state, s.said
}

func encodeIdentity(id *identity.Identity) (secret, error) {
	key, err := id.KeyPEM()
	if err != nil {
		return secret{}, err
	}
	return encode(id.Serial(), &tlsv3.Secret{Name: Identity, Type: &tlsv3.Secret_TlsCertificate{
		TlsCertificate: &tlsv3.TlsCertificate{CertificateChain: inline(id.ChainPEM()), PrivateKey: inline(key)},
	}})
}

func encodeRoots(roots []*x509.Certificate) (secret, error) {
	sorted := slices.SortedFunc(slices.Values(roots), func(a, b *x509.Certificate) int { return bytes.Compare(a.Raw, b.Raw) })
	var all []byte
	for _, root := range sorted {
		all = append(all, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Raw})...)
	}
	return encode(strings.Join(identity.Fingerprints(roots), ","), &tlsv3.Secret{Name: Roots, Type: &tlsv3.Secret_ValidationContext{
		ValidationContext: &tlsv3.CertificateValidationContext{TrustedCa: inline(all)},
	}})
}

func encode(version string, s *tlsv3.Secret) (secret, error) {
	body, err := anypb.New(s)
	if err != nil {
		return secret{}, fmt.Errorf("encode secret %s: %w", s.Name, err)
	}
	return secret{version, body}, nil
}

func inline(b []byte) *corev3.DataSource {
	return &corev3.DataSource{Specifier: &corev3.DataSource_InlineBytes{InlineBytes: b}}
}

// Present is closed when there are secrets.
func (s *Store) Present() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.present
}
