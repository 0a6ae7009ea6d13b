package nft

import (
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"
)

// as runs the function with the user of this thread only.
func as(t *testing.T, uid int, do func()) {
	t.Helper()
	set := func(uid int) {
		if _, _, e := unix.RawSyscall(unix.SYS_SETRESUID, ^uintptr(0), uintptr(uid), ^uintptr(0)); e != 0 {
			t.Errorf("become user %d: %v", uid, e)
		}
	}
	set(uid)
	defer set(0)
	do()
}

func loopback(like netip.Addr) netip.Addr {
	if like.Is4() {
		return netip.MustParseAddr("127.0.0.1")
	}
	return netip.IPv6Loopback()
}

func address(a netip.AddrPort) (int, unix.Sockaddr) {
	if a.Addr().Is4() {
		return unix.AF_INET, &unix.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}
	}
	return unix.AF_INET6, &unix.SockaddrInet6{Port: int(a.Port()), Addr: a.Addr().As16()}
}

// listen opens a listener on this thread, so in the namespace of the test.
func listen(t *testing.T, at netip.AddrPort) int {
	t.Helper()
	family, where := address(at)
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Errorf("open a socket: %v", err)
	}
	if err := unix.Bind(fd, where); err != nil {
		t.Errorf("bind to %s: %v", at, err)
	}
	if err := unix.Listen(fd, 8); err != nil {
		t.Errorf("listen on %s: %v", at, err)
	}
	return fd
}

// dial connects, or only sends the opening packet if nobody is expected to answer.
func dial(t *testing.T, to netip.AddrPort, answered bool) error {
	t.Helper()
	return dialFrom(t, netip.Addr{}, to, answered)
}

// dialFrom dials from an address, or from the one that the kernel chooses if it is the zero address.
func dialFrom(t *testing.T, from netip.Addr, to netip.AddrPort, answered bool) error {
	t.Helper()
	return dialWith(t, 0, from, to, answered)
}

// dialWith dials with a priority of the socket.
func dialWith(t *testing.T, priority int, from netip.Addr, to netip.AddrPort, answered bool) error {
	t.Helper()
	kind := unix.SOCK_STREAM | unix.SOCK_CLOEXEC
	if !answered {
		kind |= unix.SOCK_NONBLOCK
	}
	family, where := address(to)
	fd, err := unix.Socket(family, kind, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PRIORITY, priority); err != nil {
		return err
	}
	if from.IsValid() {
		_, source := address(netip.AddrPortFrom(from, 0))
		if err := unix.Bind(fd, source); err != nil {
			return err
		}
	}
	if answered {
		limit := unix.Timeval{Sec: 10}
		if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &limit); err != nil {
			return err
		}
	}
	return unix.Connect(fd, where)
}
