package nft

import (
	"net/netip"
	"os"
	"testing"

	"github.com/weft-mesh/weft/test/netns"
)

// The addresses of the test's namespace, and of a host behind its interface.
var (
	here4  = netip.MustParseAddr("10.9.0.1")
	there4 = netip.MustParseAddr("10.9.0.2")
	here6  = netip.MustParseAddr("fd09::1")
	there6 = netip.MustParseAddr("fd09::2")
)

// inNamespace runs the test on a thread of a new network namespace, which ends with the thread. The file is the far
// side of its interface tun0: one packet for each read or write.
func inNamespace(t *testing.T, test func(tun *os.File)) {
	t.Helper()
	n, err := netns.New(func() error {
		for _, set := range []func() error{
			func() error { return netns.Address4("tun0", here4, 24) },
			func() error { return netns.Up("tun0") },
			func() error { return netns.Address6("tun0", here6) },
		} {
			if err := set(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	n.Do(func() { test(n.Tun) })
}
