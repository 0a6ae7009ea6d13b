package ca_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/weft-mesh/weft/internal/ca"
)

func newLive(path string, now *time.Time) *ca.Live {
	return ca.NewLive(path, []string{"weft-operator.weft-system.svc"}, func() time.Time { return *now })
}

const operatorPath = "/ns/weft-system/sa/weft-operator"

func TestLiveSigns(t *testing.T) {
	now := start
	live := newLive(operatorPath, &now)
	if _, _, err := live.Sign(t.Context(), newKey(t).Public(), "/ns/shop/sa/cart", time.Hour); !errors.Is(err, ca.ErrNotReady) {
		t.Errorf("before Set: %v", err)
	}
	_, changed := live.Authority()
	live.Set(newAuthority(t, start))
	<-changed
	chain, _, err := live.Sign(t.Context(), newKey(t).Public(), "/ns/shop/sa/cart", time.Hour)
	if err != nil || parse(t, chain)[0].URIs[0].String() != cart {
		t.Errorf("%v", err)
	}
}

func TestLiveBoundsSigning(t *testing.T) {
	now := start
	live := newLive(operatorPath, &now)
	live.Set(newAuthority(t, start))
	key := newKey(t).Public()
	ctx, cancel := context.WithDeadline(t.Context(), time.Now())
	defer cancel()
	for range ca.Burst {
		if _, _, err := live.Sign(t.Context(), key, "/ns/shop/sa/cart", time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := live.Sign(ctx, key, "/ns/shop/sa/cart", time.Hour); !errors.Is(err, ca.ErrBusy) {
		t.Errorf("a turn after the deadline: %v, want ErrBusy", err)
	}
}

func TestServingIsRenewed(t *testing.T) {
	now := start
	live := newLive(operatorPath, &now)
	live.Set(newAuthority(t, start))
	serial := func() string {
		c, err := live.AgentTLS().GetCertificate(nil)
		if err != nil {
			t.Fatal(err)
		}
		return c.Leaf.SerialNumber.String()
	}
	first := serial()
	now = start.Add(11 * time.Hour)
	if serial() != first {
		t.Error("renewed before half life")
	}
	now = start.Add(13 * time.Hour)
	second := serial()
	if second == first {
		t.Error("not renewed at half life")
	}
	live.Set(newAuthority(t, now))
	if serial() == second {
		t.Error("not renewed for another authority")
	}
}

// TestPeersKnowEachOther: both ends must be the operator, under the same root.
func TestPeersKnowEachOther(t *testing.T) {
	now := start
	a := newAuthority(t, start)
	with := func(path string, a *ca.Authority) *tls.Config {
		live := newLive(path, &now)
		live.Set(a)
		return live.PeerTLS()
	}
	operator := with(operatorPath, a)
	cases := []struct {
		reason         string
		server, client *tls.Config
		good           bool
	}{
		{"two operators", operator, with(operatorPath, a), true},
		{"a workload calls", operator, with("/ns/shop/sa/cart", a), false},
		{"a workload answers", with("/ns/shop/sa/cart", a), operator, false},
		{"an operator of another root calls", operator, with(operatorPath, newAuthority(t, start)), false},
		{"nobody calls", operator, &tls.Config{InsecureSkipVerify: true}, false},
	}
	for _, c := range cases {
		left, right := net.Pipe()
		done := make(chan error, 1)
		go func() {
			conn := tls.Server(left, c.server)
			err := conn.Handshake()
			if err == nil {
				_, err = conn.Write([]byte("x"))
			}
			_ = left.Close()
			done <- err
		}()
		client := tls.Client(right, c.client)
		_, err := client.Read(make([]byte, 1))
		_ = right.Close()
		if good := err == nil && <-done == nil; good != c.good {
			t.Errorf("%s: %v, want good = %t", c.reason, err, c.good)
		}
	}
}
