package once

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
)

func TestReason(t *testing.T) {
	cases := map[string]error{
		"cancelled":   fmt.Errorf("call: %w", context.Canceled),
		"timeout":     os.ErrDeadlineExceeded,
		"dns":         &net.DNSError{IsTimeout: true},
		"refused":     &net.OpError{Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)},
		"reset":       syscall.EPIPE,
		"unreachable": syscall.EHOSTUNREACH,
		"closed":      io.ErrUnexpectedEOF,
		"other":       errors.New("malformed HTTP response"),
	}
	for want, err := range cases {
		if got := Reason(err); got != want {
			t.Errorf("%v: got %s, want %s", err, got, want)
		}
	}
}
