package agent

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/weft-mesh/weft/internal/redirect"
)

// Namespace names the network namespace of this process.
func Namespace() (string, error) {
	name, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		return "", fmt.Errorf("find out our network namespace: %w", err)
	}
	return name, nil
}

// checkRedirection reads what the redirect container left. Without proof the sidecar does not start, so that the
// application does not either.
func checkRedirection(directory string) error {
	namespace, err := Namespace()
	if err != nil {
		return err
	}
	file, err := os.ReadFile(filepath.Join(directory, ProofName))
	if err != nil {
		return fmt.Errorf("no proof that the pod's traffic is redirected: %w", err)
	}
	return redirect.CheckProof(file, namespace)
}
