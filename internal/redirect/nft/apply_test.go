package nft

import (
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/google/nftables"
	"golang.org/x/sys/unix"

	"github.com/weft-mesh/weft/internal/redirect"
)

var table = redirect.Build(redirect.Exclude{Inbound: []uint16{9000}, Outbound: []uint16{3306}}, true)

func TestApplyTwiceIsOnce(t *testing.T) {
	inNamespace(t, func(*os.File) {
		if err := Verify(table); err == nil {
			t.Error("Verify found our table in an empty namespace")
		}
		for range 2 {
			if err := Apply(table); err != nil {
				t.Errorf("Apply: %v", err)
			}
		}
		other := redirect.Build(redirect.Exclude{}, true)
		if err := Verify(other); err == nil {
			t.Error("Verify took the table for one without excluded ports")
		}
		if err := Apply(other); err != nil {
			t.Errorf("Apply another table: %v", err)
		}
		if err := Verify(table); err == nil {
			t.Error("Verify took the replaced table for the present one")
		}
	})
}

func TestVerifySeesAChangedRule(t *testing.T) {
	inNamespace(t, func(*os.File) {
		changed := redirect.Build(redirect.Exclude{Inbound: []uint16{9001}, Outbound: []uint16{3306}}, true)
		if err := Apply(changed); err != nil {
			t.Errorf("Apply: %v", err)
		}
		if err := Verify(table); err == nil || !strings.Contains(err.Error(), "rule 1") {
			t.Errorf("Verify after a change of rule 1: %v", err)
		}
	})
}

func TestApplyLeavesOtherTables(t *testing.T) {
	inNamespace(t, func(*os.File) {
		conn, err := nftables.New()
		if err != nil {
			t.Error(err)
			return
		}
		conn.AddTable(&nftables.Table{Name: "theirs", Family: nftables.TableFamilyINet})
		if err := conn.Flush(); err != nil {
			t.Error(err)
		}
		if err := Apply(table); err != nil {
			t.Errorf("Apply: %v", err)
		}
		if _, err := conn.ListTableOfFamily("theirs", nftables.TableFamilyINet); err != nil {
			t.Errorf("another table after Apply: %v", err)
		}
	})
}

func TestApplyNeedsTheCapability(t *testing.T) {
	inNamespace(t, func(*os.File) {
		as(t, 1337, func() {
			if err := Apply(table); err == nil || !strings.Contains(err.Error(), "NET_ADMIN") {
				t.Errorf("Apply as an ordinary user: %v, want an error that names NET_ADMIN", err)
			}
		})
	})
}

func TestOutbound(t *testing.T) {
	cases := map[string]struct {
		reason string
		uid    int
		to     netip.AddrPort
		led    bool
	}{
		"application":      {"what the application opens comes to Envoy", 1000, netip.AddrPortFrom(there4, 80), true},
		"root":             {"root is no exception", 0, netip.AddrPortFrom(there4, 443), true},
		"application IPv6": {"so does IPv6", 1000, netip.AddrPortFrom(there6, 80), true},
		"proxy":            {"what Envoy opens goes out", 1337, netip.AddrPortFrom(there4, 80), false},
		"proxy IPv6":       {"so does IPv6", 1337, netip.AddrPortFrom(there6, 80), false},
		"excluded port":    {"an excluded port goes out", 1000, netip.AddrPortFrom(there4, 3306), false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			inNamespace(t, func(tun *os.File) {
				if err := Apply(table); err != nil {
					t.Errorf("Apply: %v", err)
					return
				}
				envoy := listen(t, netip.AddrPortFrom(loopback(c.to.Addr()), redirect.OutboundPort))
				defer unix.Close(envoy)
				var err error
				as(t, c.uid, func() { err = dial(t, c.to, c.led) })
				if c.led {
					if err != nil {
						t.Errorf("%s: connect to %s: %v", c.reason, c.to, err)
					}
					return
				}
				if got := next(t, tun); got.destination != c.to || !got.syn {
					t.Errorf("%s: on the interface %+v, want an opening packet to %s", c.reason, got, c.to)
				}
			})
		})
	}
}

// TestFirstCalls sets the priority as Envoy's user, without a capability.
func TestFirstCalls(t *testing.T) {
	cases := map[string]struct {
		reason   string
		uid      int
		priority int
		to       netip.AddrPort
		port     uint16 // of the listener that is reached; 0: it goes out
	}{
		"first call":       {"Envoy's connection with the priority comes back to it", 1337, 5, netip.AddrPortFrom(there4, 80), redirect.FirstPort},
		"first call, IPv6": {"so does IPv6", 1337, 5, netip.AddrPortFrom(there6, 80), redirect.FirstPort},
		"its own port":     {"this rule comes before all others", 1337, 5, netip.AddrPortFrom(there4, redirect.FirstPort), redirect.FirstPort},
		"other priority":   {"what else Envoy opens goes out", 1337, 4, netip.AddrPortFrom(there4, 80), 0},
		"application":      {"an application with the priority comes to Envoy as ever", 1000, 5, netip.AddrPortFrom(there4, 80), redirect.OutboundPort},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			inNamespace(t, func(tun *os.File) {
				if err := Apply(table); err != nil {
					t.Errorf("Apply: %v", err)
					return
				}
				led := c.port != 0
				if led {
					defer unix.Close(listen(t, netip.AddrPortFrom(loopback(c.to.Addr()), c.port)))
				}
				var err error
				as(t, c.uid, func() { err = dialWith(t, c.priority, netip.Addr{}, c.to, led) })
				if led {
					if err != nil {
						t.Errorf("%s: connect to %s with a listener on port %d only: %v", c.reason, c.to, c.port, err)
					}
				} else if got := next(t, tun); got.destination != c.to || !got.syn {
					t.Errorf("%s: on the interface %+v, want an opening packet to %s", c.reason, got, c.to)
				}
			})
		})
	}
}

func TestLoopbackIsLeftAlone(t *testing.T) {
	inNamespace(t, func(*os.File) {
		if err := Apply(table); err != nil {
			t.Errorf("Apply: %v", err)
			return
		}
		to := netip.MustParseAddrPort("127.0.0.1:8080")
		app := listen(t, to)
		defer unix.Close(app)
		as(t, 1000, func() {
			if err := dial(t, to, true); err != nil {
				t.Errorf("connect to a neighbour over loopback: %v", err)
			}
		})
	})
}

func TestOwnPod(t *testing.T) {
	proxy4, proxy6 := netip.MustParseAddr("127.0.0.6"), netip.IPv6Loopback()
	local4 := netip.MustParseAddr("127.0.0.1")
	none := netip.Addr{}
	const led = redirect.InboundPort
	cases := map[string]struct {
		reason string
		uid    int
		from   netip.Addr
		to     netip.AddrPort
		port   uint16 // of the listener that is reached
	}{
		"own Service":         {"Envoy that picks its own pod comes to itself", 1337, none, netip.AddrPortFrom(here4, 8080), led},
		"own address":         {"so it does with the pod's address as source", 1337, here4, netip.AddrPortFrom(here4, 8080), led},
		"own Service, IPv6":   {"so does IPv6", 1337, none, netip.AddrPortFrom(here6, 8080), led},
		"application":         {"Envoy reaches the application", 1337, proxy4, netip.AddrPortFrom(here4, 8080), 8080},
		"application, IPv6":   {"so does IPv6", 1337, proxy6, netip.AddrPortFrom(here6, 8080), 8080},
		"loopback":            {"the proxy's user reaches loopback", 1337, none, netip.AddrPortFrom(local4, 8080), 8080},
		"loopback, IPv6":      {"so does IPv6", 1337, none, netip.AddrPortFrom(proxy6, 8080), 8080},
		"to loopback":         {"loopback at one end is enough", 1337, here4, netip.AddrPortFrom(local4, 8080), 8080},
		"another user":        {"what the application opens to its pod is left alone", 1000, none, netip.AddrPortFrom(here4, 8080), 8080},
		"another user, IPv6":  {"so is IPv6", 1000, none, netip.AddrPortFrom(here6, 8080), 8080},
		"excluded port":       {"an excluded port is reached as from another pod", 1337, none, netip.AddrPortFrom(here4, 9000), 9000},
		"excluded port, IPv6": {"so is IPv6", 1337, none, netip.AddrPortFrom(here6, 9000), 9000},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			inNamespace(t, func(*os.File) {
				if err := Apply(table); err != nil {
					t.Errorf("Apply: %v", err)
					return
				}
				every := netip.IPv4Unspecified()
				if c.to.Addr().Is6() {
					every = netip.IPv6Unspecified()
				}
				defer unix.Close(listen(t, netip.AddrPortFrom(every, c.port)))
				var err error
				as(t, c.uid, func() { err = dialFrom(t, c.from, c.to, true) })
				if err != nil {
					t.Errorf("%s: connect to %s with a listener on port %d only: %v", c.reason, c.to, c.port, err)
				}
			})
		})
	}
}

func TestInbound(t *testing.T) {
	cases := map[string]struct {
		reason   string
		port     uint16
		listener uint16
	}{
		"application":   {"what arrives comes to Envoy", 8080, redirect.InboundPort},
		"admin port":    {"what arrives for the sidecar's admin comes to Envoy too", 15000, redirect.InboundPort},
		"health port":   {"the sidecar's health is reached", 15021, 15021},
		"excluded port": {"an excluded port reaches the application", 9000, 9000},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			inNamespace(t, func(tun *os.File) {
				if err := Apply(table); err != nil {
					t.Errorf("Apply: %v", err)
					return
				}
				listener := listen(t, netip.AddrPortFrom(netip.IPv4Unspecified(), c.listener))
				defer unix.Close(listener)
				from, to := netip.AddrPortFrom(there4, 40000), netip.AddrPortFrom(here4, c.port)
				if _, err := tun.Write(opening(from, to)); err != nil {
					t.Error(err)
				}
				want := tcp{source: to, destination: from, syn: true, ack: true}
				if got := next(t, tun); got != want {
					t.Errorf("%s: answer %+v, want %+v", c.reason, got, want)
				}
			})
		})
	}
}
