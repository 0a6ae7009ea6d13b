package pushed

import (
	"net"
	"sync"
)

// held is a connection that counts as open until it is closed.
type held struct {
	net.Conn
	open chan struct{}
	once sync.Once
}

// Close may be called twice.
func (h *held) Close() error {
	h.once.Do(func() { <-h.open })
	return h.Conn.Close()
}
