package envoy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/weft-mesh/weft/internal/agent/identity"
)

// Bounds of the wait before a crashed Envoy starts again. One that ran longer than steady starts at once.
const (
	firstRestart = 200 * time.Millisecond
	mostRestart  = 10 * time.Second
	steady       = 30 * time.Second
	// stopGrace is how long Envoy may take to end after SIGTERM, at which it cuts everything.
	stopGrace = 5 * time.Second
)

// Process keeps one Envoy running.
type Process struct {
	Path      string
	Bootstrap string // path
	Log       *slog.Logger

	pid atomic.Int64 // of the running Envoy, or 0
}

// Run starts Envoy and starts it again whenever it ends. When the context ends, Envoy gets SIGTERM, then SIGKILL.
func (p *Process) Run(ctx context.Context) error {
	for failures := 0; ; failures++ {
		began := time.Now()
		err := p.once(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if time.Since(began) > steady {
			failures = 0
		}
		wait := identity.Backoff(failures, firstRestart, mostRestart, rand.Float64())
		p.Log.Error("envoy ended, will start it again", "error", err, "in", wait)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil
		}
	}
}

func (p *Process) once(ctx context.Context) error {
	command := exec.CommandContext(ctx, p.Path, p.arguments()...)
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = stopGrace
	if err := command.Start(); err != nil {
		return fmt.Errorf("start envoy: %w", err)
	}
	p.pid.Store(int64(command.Process.Pid))
	err := command.Wait()
	p.pid.Store(0)
	if err == nil {
		return errors.New("it ended by itself")
	}
	return err
}

// drainTime is how long connections of a filter chain that was replaced may go on, such as a TCP session that is still
// allowed when the rules of its port change. HTTP connections are asked to close at once.
const drainTime = time.Hour

// arguments: one worker is enough for a pod's share of a node. Hot restart is not used.
func (p *Process) arguments() []string {
	seconds := func(d time.Duration) string { return strconv.Itoa(int(d.Seconds())) }
	return []string{
		"-c", p.Bootstrap, "--concurrency", "1", "--disable-hot-restart", "-l", "warning",
		"--drain-time-s", seconds(drainTime), "--drain-strategy", "immediate", "--parent-shutdown-time-s", seconds(drainTime + stopGrace),
	}
}
