package probe

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Spec is one probe. Exactly one of its kinds is set.
type Spec struct {
	HTTPGet        *HTTPGet   `json:"httpGet,omitempty"`
	TCPSocket      *TCPSocket `json:"tcpSocket,omitempty"`
	GRPC           *GRPC      `json:"grpc,omitempty"`
	TimeoutSeconds int        `json:"timeoutSeconds,omitempty"` // 1 if 0
}

// HTTPGet asks for a path.
type HTTPGet struct {
	Port    int      `json:"port"`
	Path    string   `json:"path,omitempty"`
	Scheme  string   `json:"scheme,omitempty"` // HTTP or HTTPS
	Headers []Header `json:"headers,omitempty"`
}

// Header is a header of a request.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// TCPSocket opens a connection.
type TCPSocket struct {
	Port int `json:"port"`
}

// GRPC asks the service grpc.health.v1.Health.
type GRPC struct {
	Port    int    `json:"port"`
	Service string `json:"service,omitempty"`
}

// Parse reads the probes, by path. Empty text holds none.
func Parse(text string) (map[string]Spec, error) {
	if text == "" {
		return nil, nil
	}
	var specs map[string]Spec
	if err := json.Unmarshal([]byte(text), &specs); err != nil {
		return nil, fmt.Errorf("read the rewritten probes: %w", err)
	}
	for path, s := range specs {
		if err := s.check(); err != nil {
			return nil, fmt.Errorf("rewritten probe %s: %w", path, err)
		}
	}
	return specs, nil
}

func (s Spec) check() error {
	kinds, port := 0, 0
	if s.HTTPGet != nil {
		kinds, port = kinds+1, s.HTTPGet.Port
	}
	if s.TCPSocket != nil {
		kinds, port = kinds+1, s.TCPSocket.Port
	}
	if s.GRPC != nil {
		kinds, port = kinds+1, s.GRPC.Port
	}
	if kinds != 1 {
		return errors.New("want exactly one of httpGet, tcpSocket and grpc")
	}
	if port < 1 || port > 65535 {
		return fmt.Errorf("port %d: want 1 to 65535", port)
	}
	return nil
}

func (s Spec) timeout() time.Duration { return time.Duration(max(1, s.TimeoutSeconds)) * time.Second }
