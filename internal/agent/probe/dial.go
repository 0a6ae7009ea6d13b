package probe

import (
	"context"
	"net"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// dial dials from loopback, as Envoy does to the application. From the pod's own address, the connection would be led to
// Envoy.
func dial(ctx context.Context, address string) (net.Conn, error) {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, err
	}
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: source(to.Addr()).AsSlice()}, Control: latePort}
	return dialer.DialContext(ctx, "tcp", address)
}

func source(to netip.Addr) netip.Addr {
	if to.Is4() {
		return netip.AddrFrom4([4]byte{127, 0, 0, 6})
	}
	return netip.IPv6Loopback()
}

// latePort lets the kernel choose the port when it knows both ends. Envoy's connections from the same address do not use
// up the ports then.
func latePort(_, _ string, raw syscall.RawConn) error {
	var failed error
	if err := raw.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1)
	}); err != nil {
		return err
	}
	return failed
}
