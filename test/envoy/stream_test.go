package envoy

import (
	endian "encoding/binary"
	"io"
	"net"
	"net/http"
	"strconv"
	"testing"
)

// HTTP/2 as far as the tests need it: RFC 9113.
const (
	preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

	frameHeaders, frameReset, frameSettings = 1, 3, 4
	flagEndStream, flagAck, flagEndHeaders  = 1, 1, 4
	internalError, refusedStream            = 2, 7

	status200 = "\x88" // of the static table of HPACK
)

// streamPod speaks HTTP/2. It resets each stream with this code as soon as it has its headers; 0 answers 200.
func streamPod(t *testing.T, code uint32) *pod {
	t.Helper()
	p := &pod{ip: vacantIP()}
	l, err := net.Listen("tcp", net.JoinHostPort(p.ip.String(), strconv.Itoa(port)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go p.streams(conn, code)
		}
	}()
	return p
}

func (p *pod) streams(conn net.Conn, code uint32) {
	defer conn.Close()
	if _, err := io.ReadFull(conn, make([]byte, len(preface))); err != nil {
		return
	}
	writeFrame(conn, frameSettings, 0, 0, nil)
	for {
		head := make([]byte, 9)
		if _, err := io.ReadFull(conn, head); err != nil {
			return
		}
		length, kind, flags := int64(head[0])<<16|int64(head[1])<<8|int64(head[2]), head[3], head[4]
		stream := endian.BigEndian.Uint32(head[5:])
		if _, err := io.CopyN(io.Discard, conn, length); err != nil {
			return
		}
		switch {
		case kind == frameSettings && flags&flagAck == 0:
			writeFrame(conn, frameSettings, flagAck, 0, nil)
		case kind == frameHeaders && code == 0:
			p.got.Add(1)
			writeFrame(conn, frameHeaders, flagEndStream|flagEndHeaders, stream, []byte(status200))
		case kind == frameHeaders:
			p.got.Add(1)
			writeFrame(conn, frameReset, 0, stream, endian.BigEndian.AppendUint32(nil, code))
		}
	}
}

func writeFrame(conn net.Conn, kind, flags byte, stream uint32, body []byte) {
	n := len(body)
	frame := append([]byte{byte(n >> 16), byte(n >> 8), byte(n), kind, flags}, endian.BigEndian.AppendUint32(nil, stream)...)
	_, _ = conn.Write(append(frame, body...))
}

// TestARefusedStreamIsTriedElsewhere calls a pod that says of each stream that it has not looked at it, beside one that
// answers. Each request is served, and once.
func TestARefusedStreamIsTriedElsewhere(t *testing.T) {
	refusing, there := streamPod(t, refusedStream), streamPod(t, 0)
	c := newCaller(t, "grpc", refusing.ip, there.ip)
	for range 20 {
		if got := c.send(t, http.MethodPost, "an order"); got.status != http.StatusOK {
			t.Fatalf("%+v, want 200", got)
		}
	}
	if there.got.Load() != 20 || refusing.got.Load() == 0 {
		t.Errorf("answered %d of 20, refused %d", there.got.Load(), refusing.got.Load())
	}
}

// TestABrokenStreamIsNotRepeated: a pod that gives up may have served the request before.
func TestABrokenStreamIsNotRepeated(t *testing.T) {
	one, two := streamPod(t, internalError), streamPod(t, internalError)
	c := newCaller(t, "grpc", one.ip, two.ip)
	if got := c.send(t, http.MethodPost, "an order"); got.status != http.StatusServiceUnavailable {
		t.Errorf("%+v, want 503", got)
	}
	if got := one.got.Load() + two.got.Load(); got != 1 {
		t.Errorf("the pods have got %d requests, want one", got)
	}
}
