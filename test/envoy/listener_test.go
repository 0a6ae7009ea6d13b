package envoy

import (
	"bytes"
	"net"
	"os/exec"
	"testing"
	"time"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	echo "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/echo/v3"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

// trustDomain is that of the golden inputs.
const trustDomain = "cluster.local"

// echoing is a listener with the TLS settings of a meshed workload. It says what it hears.
func echoing(t *testing.T, address *net.TCPAddr) *listener.Listener {
	t.Helper()
	set := setsOf(t, "../../internal/translate/xds/testdata/request-path.in.yaml")[model.Key{Namespace: "shop", Name: "reviews"}]
	inbound := &listener.Listener{}
	if err := set.Resource(xds.ID{TypeURL: xds.ListenerType, Name: "inbound"}).Body.UnmarshalTo(inbound); err != nil {
		t.Fatal(err)
	}
	say, err := anypb.New(&echo.Echo{})
	if err != nil {
		t.Fatal(err)
	}
	return &listener.Listener{
		Name: "echoing", Address: socketAddress(address), TrafficDirection: inbound.TrafficDirection,
		FilterChains: []*listener.FilterChain{{
			TransportSocket: inbound.DefaultFilterChain.TransportSocket,
			Filters:         []*listener.Filter{{Name: "echo", ConfigType: &listener.Filter_TypedConfig{TypedConfig: say}}},
		}},
	}
}

func socketAddress(a *net.TCPAddr) *core.Address {
	return &core.Address{Address: &core.Address_SocketAddress{SocketAddress: &core.SocketAddress{
		Address: a.IP.String(), PortSpecifier: &core.SocketAddress_PortValue{PortValue: uint32(a.Port)},
	}}}
}

// adminOf is the address of the administration of an Envoy that listens here. No other test takes it.
func adminOf(a *net.TCPAddr) *net.TCPAddr {
	ip := a.IP.To4()
	return &net.TCPAddr{IP: net.IPv4(ip[0], ip[1]+1, ip[2], ip[3]), Port: a.Port}
}

// start runs a program until the test ends, and shows what it said if the test has failed.
func start(t *testing.T, name string, args ...string) {
	t.Helper()
	var said bytes.Buffer
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Wait() // the test's context has ended, so it was killed
		if t.Failed() {
			t.Log(said.String())
		}
	})
}

// freeAddress is on loopback.
func freeAddress(t *testing.T) *net.TCPAddr {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr)
}

// until asks again and again whether something holds.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline, tick := time.After(patience), time.NewTicker(20*time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("no %s within %s", what, patience)
		}
	}
}

// untilConnected looks once before, while and after an address begins to take connections.
func untilConnected(t *testing.T, address *net.TCPAddr, look func()) {
	t.Helper()
	until(t, "connection", func() bool {
		look()
		conn, err := net.DialTCP("tcp", nil, address)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	look()
}

func await(t *testing.T, what string, event <-chan struct{}) {
	t.Helper()
	select {
	case <-event:
	case <-time.After(patience):
		t.Fatalf("no %s within %s", what, patience)
	}
}
