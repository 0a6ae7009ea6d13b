package execute

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// patience is how long a program may take to stop after an interrupt.
const patience = 30 * time.Second

// child prepares a program in a process group of its own, so that an interrupt reaches it and all that it started,
// once.
func child(ctx context.Context, args []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = patience
	return cmd
}

func command(ctx context.Context, out io.Writer, args []string) error {
	line := strings.Join(args, " ")
	fmt.Fprintf(out, "== %s\n", line)
	cmd := child(ctx, args)
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", line, err)
	}
	return nil
}
