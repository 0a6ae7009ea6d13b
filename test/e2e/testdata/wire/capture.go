package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
)

// segment is the payload of one TCP segment.
type segment struct {
	From, To netip.AddrPort
	Data     []byte
}

// capture prints the segments that pass on the link to a pod, in both directions, until its input ends and the link is
// quiet. It runs on the pod's node.
func capture(args []string) error {
	link, err := linkTo(args[0])
	if err != nil {
		return err
	}
	socket, err := open(link)
	if err != nil {
		return fmt.Errorf("capture on %s: %w", link, err)
	}
	defer syscall.Close(socket)
	var ending atomic.Bool
	go func() {
		io.Copy(io.Discard, os.Stdin)
		ending.Store(true)
	}()
	fmt.Println("capturing")
	packet := make([]byte, 1<<17)
	for {
		n, _, err := syscall.Recvfrom(socket, packet, 0)
		switch {
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EAGAIN):
			if ending.Load() {
				return nil
			}
		case err != nil:
			return fmt.Errorf("receive: %w", err)
		default:
			if s, is := parse(packet[:n]); is {
				if err := say(s); err != nil {
					return err
				}
			}
		}
	}
}

// linkTo finds the link of the route that leads to one IPv4 address alone. The kernel writes addresses in its own order
// of bytes, see proc(5).
func linkTo(text string) (string, error) {
	address, err := netip.ParseAddr(text)
	if err != nil || !address.Is4() {
		return "", fmt.Errorf("%q is not an IPv4 address", text)
	}
	table, err := os.ReadFile("/proc/net/route")
	if err != nil {
		return "", err
	}
	wanted := fmt.Sprintf("%08X", binary.NativeEndian.Uint32(address.AsSlice()))
	for line := range strings.Lines(string(table)) {
		if f := strings.Fields(line); len(f) > 7 && f[1] == wanted && f[7] == "FFFFFFFF" {
			return f[0], nil
		}
	}
	return "", fmt.Errorf("no route leads to %s alone", text)
}

// open makes a socket that sees the packets of a link without their frames, see packet(7). It waits a short time at most.
func open(link string) (int, error) {
	dev, err := net.InterfaceByName(link)
	if err != nil {
		return 0, err
	}
	all := binary.NativeEndian.Uint16([]byte{0, syscall.ETH_P_ALL})
	socket, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_DGRAM, int(all))
	if err != nil {
		return 0, err
	}
	return socket, errors.Join(
		syscall.SetsockoptTimeval(socket, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &syscall.Timeval{Usec: 200_000}),
		syscall.SetsockoptInt(socket, syscall.SOL_SOCKET, syscall.SO_RCVBUF, 8<<20),
		syscall.Bind(socket, &syscall.SockaddrLinklayer{Protocol: all, Ifindex: dev.Index}))
}

// parse takes an IPv4 packet apart (RFC 791, RFC 9293). It is false for all that is not TCP with a payload.
func parse(p []byte) (segment, bool) {
	if len(p) < 20 || p[0]>>4 != 4 || p[9] != syscall.IPPROTO_TCP {
		return segment{}, false
	}
	header := int(p[0]&15) * 4
	p = p[:min(len(p), int(binary.BigEndian.Uint16(p[2:])))]
	if len(p) < header+20 {
		return segment{}, false
	}
	tcp := p[header:]
	offset := int(tcp[12]>>4) * 4
	if offset >= len(tcp) {
		return segment{}, false
	}
	from, to := netip.AddrFrom4([4]byte(p[12:16])), netip.AddrFrom4([4]byte(p[16:20]))
	return segment{
		From: netip.AddrPortFrom(from, binary.BigEndian.Uint16(tcp)),
		To:   netip.AddrPortFrom(to, binary.BigEndian.Uint16(tcp[2:])),
		Data: tcp[offset:],
	}, true
}
