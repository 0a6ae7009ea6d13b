package once

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
)

// Reason names the cause of a failed call in one word, so that failures can be counted.
func Reason(err error) string {
	var dns *net.DNSError
	var network net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.As(err, &dns):
		return "dns"
	case errors.As(err, &network) && network.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "reset"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "unreachable"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), closedWhileIdle(err):
		return "closed"
	}
	return "other"
}

// net/http does not export this error.
func closedWhileIdle(err error) bool {
	return strings.Contains(err.Error(), "server closed idle connection")
}
