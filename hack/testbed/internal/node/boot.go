package node

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/weft-mesh/weft/hack/testbed/internal/layout"
	"github.com/weft-mesh/weft/hack/testbed/internal/progress"
)

const namespaces = syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWNET | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC

// Boot starts the init of a node and returns its process id as the host sees it. The init outlives this process.
func Boot(ctx context.Context, dir layout.Dir, name, hosts string) (int, error) {
	if err := prepare(dir, name, hosts); err != nil {
		return 0, fmt.Errorf("prepare node %s: %w", name, err)
	}
	log, err := os.Create(dir.Log(name, "init"))
	if err != nil {
		return 0, err
	}
	defer log.Close()
	cmd := exec.Command("/proc/self/exe", "init", string(dir), name)
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), dir.Mark())
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Cloneflags: namespaces}
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("start node %s: %w", name, err)
	}
	client := Dial(dir, name)
	err = progress.Wait(ctx, "the init of "+name, 10*time.Second, func() error {
		_, err := client.List(ctx)
		return err
	})
	return cmd.Process.Pid, err
}
