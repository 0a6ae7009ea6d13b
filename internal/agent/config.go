package agent

import (
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"time"

	"github.com/weft-mesh/weft/internal/agent/operator"
	"github.com/weft-mesh/weft/internal/agent/probe"
)

// Config is all that an agent is told.
type Config struct {
	Operator  operator.Options
	Roots     string        // path of the mesh's roots
	Envoy     string        // path of the binary; empty starts none
	Directory string        // for the socket, the bootstrap and the proof of redirection
	Health    string        // address of the health server
	Drain     time.Duration // longest wait for inbound connections to end
	AdminURL  string        // Envoy's admin interface
	// Unredirected starts without proof that the pod's traffic is redirected.
	Unredirected bool

	Namespace, Pod, Workload string
	Probes                   map[string]probe.Spec
	ProbeHost                string // the pod's own address
	Version                  string
	Log                      *slog.Logger
}

// Names in Config.Directory.
const (
	socketName    = "agent.sock"
	bootstrapName = "envoy.json"
	// ProofName is the file that the redirect container leaves.
	ProofName = "redirect.json"
)

func (c Config) socket() string    { return filepath.Join(c.Directory, socketName) }
func (c Config) bootstrap() string { return filepath.Join(c.Directory, bootstrapName) }

func (c Config) check() error {
	switch {
	case c.Operator.Address == "":
		return errors.New("the operator's address is missing: set --operator")
	case c.Operator.Name == "":
		return errors.New("the name in the operator's certificate is missing: set --operator-name")
	case c.Namespace == "" || c.Pod == "":
		return errors.New("the pod's name is missing: set POD_NAMESPACE and POD_NAME")
	case c.Drain < 0:
		return errors.New("--drain is negative")
	}
	if _, _, err := net.SplitHostPort(c.Operator.Address); err != nil {
		return errors.New("--operator: want host:port")
	}
	return nil
}
