package part

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/weft-mesh/weft/hack/testbed/internal/progress"
)

// dieWithParent ends a child when this process is killed, so that an interrupted build leaves nothing running.
func dieWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }

// downloads shows which module Go fetches; a cold build spends minutes on it.
type downloads struct{}

func (downloads) Write(b []byte) (int, error) {
	for line := range strings.Lines(string(b)) {
		if strings.HasPrefix(line, "go: downloading k8s.io/kubernetes") || strings.HasPrefix(line, "go: downloading istio.io/istio") {
			progress.Say("%s", strings.TrimSpace(strings.TrimPrefix(line, "go: ")))
		}
	}
	return len(b), nil
}

// root finds hack/testbed: from the working directory upwards, then from this program's own place upwards.
func root() (string, error) {
	working, err := os.Getwd()
	if err != nil {
		return "", err
	}
	program, err := os.Executable()
	if err != nil {
		return "", err
	}
	for _, start := range []string{working, filepath.Dir(program)} {
		for dir := start; dir != "/"; dir = filepath.Dir(dir) {
			for _, candidate := range []string{dir, filepath.Join(dir, "hack", "testbed")} {
				if _, err := os.Stat(filepath.Join(candidate, "parts", "kubernetes", "go.mod")); err == nil {
					return candidate, nil
				}
			}
		}
	}
	return "", errors.New("the sources of the parts (hack/testbed/parts) are not above the working directory")
}
