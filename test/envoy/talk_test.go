package envoy

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/weft-mesh/weft/internal/agent/identity"
	"github.com/weft-mesh/weft/internal/ca"
)

func newAuthority(t *testing.T, now time.Time) *ca.Authority {
	t.Helper()
	data, _, err := ca.Next(nil, trustDomain, time.Hour, now)
	if err != nil {
		t.Fatal(err)
	}
	authority, err := ca.Load(data)
	if err != nil {
		t.Fatal(err)
	}
	return authority
}

func issue(t *testing.T, authority *ca.Authority, account string, now time.Time) *identity.Identity {
	t.Helper()
	key, err := identity.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	chain, err := authority.Sign(key.Public(), "spiffe://"+trustDomain+"/ns/shop/sa/"+account, time.Hour, now)
	if err != nil {
		t.Fatal(err)
	}
	id, err := identity.Check(chain, key, authority.Roots(), now)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func certificate(t *testing.T, id *identity.Identity) *tls.Certificate {
	t.Helper()
	key, err := id.KeyPEM()
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(id.ChainPEM(), key)
	if err != nil {
		t.Fatal(err)
	}
	return &pair
}

// talk says something to the called workload and waits for the echo.
func talk(address *net.TCPAddr, own *tls.Certificate) error {
	conn, err := call(address, own)
	if err != nil {
		return err
	}
	defer conn.Close()
	return exchange(conn)
}

// call opens a connection to the called workload, and no other.
func call(address *net.TCPAddr, own *tls.Certificate) (*tls.Conn, error) {
	config := &tls.Config{
		InsecureSkipVerify: true, // the name is looked at below
		VerifyPeerCertificate: func(raw [][]byte, _ [][]*x509.Certificate) error {
			leaf, err := x509.ParseCertificate(raw[0])
			if err == nil && (len(leaf.URIs) != 1 || leaf.URIs[0].Path != "/ns/shop/sa/called") {
				err = errors.New("the listener has another name")
			}
			return err
		},
	}
	if own != nil {
		config.Certificates = []tls.Certificate{*own}
	}
	return tls.DialWithDialer(&net.Dialer{Timeout: patience}, "tcp", address.String(), config)
}

const words = "hello"

func exchange(conn net.Conn) error {
	if err := say(conn); err != nil {
		return err
	}
	return hear(conn)
}

func say(conn net.Conn) error {
	_, err := io.WriteString(conn, words)
	return err
}

// hear waits for the echo of what was said.
func hear(conn net.Conn) error {
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	said := make([]byte, len(words))
	if _, err := io.ReadFull(conn, said); err != nil {
		return err
	}
	if string(said) != words {
		return fmt.Errorf("the echo is %q", said)
	}
	return nil
}
