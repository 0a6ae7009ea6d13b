package certificate

import (
	"bytes"
	"cmp"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"slices"
)

// SecretName is the Secret in the operator's namespace.
const SecretName = "weft-webhook"

// Keys of the Secret's data.
const (
	keyCAs      = "ca.crt"  // all CAs of the set
	keyCAKey    = "ca.key"  // of the newest CA; that of an older one is gone
	keyLeaf     = "tls.crt" // what is served
	keyLeafKey  = "tls.key"
	blockCert   = "CERTIFICATE"
	blockSecret = "PRIVATE KEY"
)

// state is the Secret's data, understood. What can't be read is nil.
type state struct {
	cas    []*x509.Certificate
	signer *pair // one of cas
	leaf   *pair
}

func parse(data map[string][]byte) *state {
	s := &state{cas: certificates(data[keyCAs])}
	s.signer = match(s.cas, key(data[keyCAKey]))
	s.leaf = match(certificates(data[keyLeaf]), key(data[keyLeafKey]))
	return s
}

func (s *state) data() (map[string][]byte, error) {
	caKey, err := encodeKey(s.signer.key)
	if err != nil {
		return nil, err
	}
	leafKey, err := encodeKey(s.leaf.key)
	if err != nil {
		return nil, err
	}
	return map[string][]byte{
		keyCAs:     encodeSet(s.cas),
		keyCAKey:   caKey,
		keyLeaf:    encodeSet([]*x509.Certificate{s.leaf.certificate}),
		keyLeafKey: leafKey,
	}, nil
}

// Bundle is the set of CAs in data, as PEM in one order and without anything else. It is empty when there are none.
func Bundle(data map[string][]byte) []byte { return encodeSet(certificates(data[keyCAs])) }

// certificates reads what it can.
func certificates(text []byte) []*x509.Certificate {
	var found []*x509.Certificate
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return found
		}
		if c, err := x509.ParseCertificate(block.Bytes); err == nil && block.Type == blockCert {
			found = append(found, c)
		}
	}
}

func encodeSet(set []*x509.Certificate) []byte {
	set = slices.SortedFunc(slices.Values(set), func(a, b *x509.Certificate) int {
		return cmp.Or(a.NotBefore.Compare(b.NotBefore), bytes.Compare(a.Raw, b.Raw))
	})
	var text bytes.Buffer
	for n, c := range set {
		if n == 0 || !c.Equal(set[n-1]) {
			text.Write(pem.EncodeToMemory(&pem.Block{Type: blockCert, Bytes: c.Raw}))
		}
	}
	return text.Bytes()
}

func key(text []byte) *ecdsa.PrivateKey {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil
	}
	k, _ := parsed.(*ecdsa.PrivateKey)
	return k
}

func encodeKey(k *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		return nil, fmt.Errorf("encode key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: blockSecret, Bytes: der}), nil
}

// match finds the certificate that belongs to a key.
func match(list []*x509.Certificate, k *ecdsa.PrivateKey) *pair {
	if k == nil {
		return nil
	}
	for _, c := range list {
		if k.PublicKey.Equal(c.PublicKey) {
			return &pair{c, k}
		}
	}
	return nil
}
