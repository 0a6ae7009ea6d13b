package operator

import (
	"context"
	"fmt"
	"os"
	"strings"
)

// token proves with each call which pod this is. The kubelet renews the file.
type token struct{ path string }

func (t token) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	text, err := os.ReadFile(t.path)
	if err != nil {
		return nil, fmt.Errorf("read the pod's token: %w", err)
	}
	return map[string]string{"authorization": "Bearer " + strings.TrimSpace(string(text))}, nil
}

func (t token) RequireTransportSecurity() bool { return true }
