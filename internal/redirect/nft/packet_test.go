package nft

import (
	"encoding/binary"
	"net/netip"
	"os"
	"testing"
	"time"
)

// tcp is what the tests look at in a packet.
type tcp struct {
	source, destination netip.AddrPort
	syn, ack            bool
}

// next reads from the interface until a TCP packet comes.
func next(t *testing.T, tun *os.File) tcp {
	t.Helper()
	if err := tun.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	packet := make([]byte, 2048)
	for {
		n, err := tun.Read(packet)
		if err != nil {
			t.Errorf("wait for a TCP packet on the interface: %v", err)
			return tcp{}
		}
		if p, ok := parse(packet[:n]); ok {
			return p
		}
	}
}

func parse(p []byte) (tcp, bool) {
	var source, destination netip.Addr
	var segment []byte
	switch {
	case len(p) >= 40 && p[0]>>4 == 4 && p[9] == 6:
		source, destination = netip.AddrFrom4([4]byte(p[12:16])), netip.AddrFrom4([4]byte(p[16:20]))
		segment = p[int(p[0]&15)*4:]
	case len(p) >= 60 && p[0]>>4 == 6 && p[6] == 6:
		source, destination = netip.AddrFrom16([16]byte(p[8:24])), netip.AddrFrom16([16]byte(p[24:40]))
		segment = p[40:]
	default:
		return tcp{}, false
	}
	return tcp{
		source:      netip.AddrPortFrom(source, binary.BigEndian.Uint16(segment)),
		destination: netip.AddrPortFrom(destination, binary.BigEndian.Uint16(segment[2:])),
		syn:         segment[13]&2 != 0, ack: segment[13]&16 != 0,
	}, true
}

// opening is the packet by which a host opens a connection over IPv4: RFC 791 and RFC 9293.
func opening(from, to netip.AddrPort) []byte {
	segment := make([]byte, 20)
	binary.BigEndian.PutUint16(segment, from.Port())
	binary.BigEndian.PutUint16(segment[2:], to.Port())
	segment[12], segment[13] = 5<<4, 2
	binary.BigEndian.PutUint16(segment[14:], 65535)
	source, destination := from.Addr().As4(), to.Addr().As4()
	pseudo := append(append(source[:], destination[:]...), 0, 6, 0, byte(len(segment)))
	binary.BigEndian.PutUint16(segment[16:], checksum(append(pseudo, segment...)))

	header := []byte{4<<4 | 5, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0}
	header = append(append(header, source[:]...), destination[:]...)
	binary.BigEndian.PutUint16(header[10:], checksum(header))
	return append(header, segment...)
}

func checksum(b []byte) uint16 {
	var sum uint32
	for i := 0; i < len(b); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	return ^uint16(sum)
}
