package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/weft-mesh/weft/hack/testbed/internal/host"
	"github.com/weft-mesh/weft/hack/testbed/internal/image"
	"github.com/weft-mesh/weft/hack/testbed/internal/layout"
	"github.com/weft-mesh/weft/hack/testbed/internal/node"
)

// Bed is a test bed that was started, whole or in part.
type Bed struct {
	Shape
	Tools map[string]string `json:"tools"` // directories by part
	Ready bool              `json:"ready"` // up came to its end

	dir layout.Dir
}

// ErrDown says that no bed runs.
var ErrDown = errors.New("the test bed is down; start it with `testbed up`")

// Open reads what up wrote down. It returns ErrDown when there is nothing.
func Open(dir layout.Dir) (*Bed, error) {
	content, err := os.ReadFile(dir.Run("bed.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrDown
	}
	if err != nil {
		return nil, err
	}
	b := &Bed{dir: dir}
	return b, json.Unmarshal(content, b)
}

func (b *Bed) save() error {
	content, err := json.MarshalIndent(b, "", "\t")
	if err != nil {
		return err
	}
	return layout.WriteFile(b.dir.Run("bed.json"), content)
}

// PID is the process id of a node's init; an error when the node does not run.
func (b *Bed) PID(name string) (int, error) {
	if pid := host.Init(b.dir, name); pid != 0 {
		return pid, nil
	}
	return 0, fmt.Errorf("node %s does not run", name)
}

// Node gives orders to a node.
func (b *Bed) Node(name string) *node.Client { return node.Dial(b.dir, name) }

// Kubeconfig is the administrator's.
func (b *Bed) Kubeconfig() string { return b.dir.Kubeconfig("admin") }

// Store is the image store of a node.
func (b *Bed) Store(name string) image.Store {
	return image.Store{
		Ctr:    filepath.Join(b.Tools["containerd"], "ctr"),
		Socket: b.dir.Node(name, "run", "containerd", "containerd.sock"),
	}
}

// Kubectl runs kubectl as the administrator and returns its output.
func (b *Bed) Kubectl(ctx context.Context, stdin string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(b.Tools["kubernetes"], "kubectl"), args...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+b.Kubeconfig(), b.dir.Mark())
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("kubectl %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return string(out), nil
}
