package firstcall

import (
	"net/netip"
	"sync"
	"testing"

	"github.com/weft-mesh/weft/internal/redirect"
	"github.com/weft-mesh/weft/internal/redirect/nft"
	"github.com/weft-mesh/weft/test/netns"
)

// network carries packets between namespaces by their destination. What nobody has is lost.
type network struct {
	mu    sync.Mutex
	hosts map[netip.Addr]*netns.Namespace
}

// host makes a namespace with addresses.
func (n *network) host(t *testing.T, addresses ...netip.Addr) *netns.Namespace {
	t.Helper()
	h, err := netns.New(func() error {
		if err := netns.Address4("tun0", addresses[0], 8); err != nil {
			return err
		}
		return netns.Up("tun0")
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addresses[1:] {
		h.Do(func() {
			if err := netns.Address4("tun0:"+a.String()[len(a.String())-2:], a, 8); err != nil {
				t.Errorf("add %s: %v", a, err)
			}
		})
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, a := range addresses {
		n.hosts[a] = h
	}
	done := make(chan struct{})
	go func() { defer close(done); n.carry(h) }()
	t.Cleanup(func() { h.Close(); <-done })
	return h
}

func (n *network) carry(h *netns.Namespace) {
	packet := make([]byte, 65536)
	for {
		size, err := h.Tun.Read(packet)
		if err != nil {
			return
		}
		if size < 20 || packet[0]>>4 != 4 {
			continue
		}
		n.mu.Lock()
		to := n.hosts[netip.AddrFrom4([4]byte(packet[16:20]))]
		n.mu.Unlock()
		if to != nil {
			_, _ = to.Tun.Write(packet[:size])
		}
	}
}

// redirected puts a pod's rules into force.
func redirected(t *testing.T, h *netns.Namespace, firstCalls bool) {
	t.Helper()
	h.Do(func() {
		if err := nft.Apply(redirect.Build(redirect.Exclude{}, firstCalls)); err != nil {
			t.Error(err)
		}
	})
}
