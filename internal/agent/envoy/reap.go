package envoy

import (
	"bytes"
	"context"
	"os"
	"os/signal"
	"strconv"
	"syscall"
)

// Reap takes the children that came to us because their parents died: the first process of a container has that duty.
// Envoy itself is left to Run. It ends with the context.
func (p *Process) Reap(ctx context.Context) error {
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGCHLD)
	defer signal.Stop(ended)
	for {
		for _, pid := range zombies(os.Getpid()) {
			if int64(pid) != p.pid.Load() {
				_, _ = syscall.Wait4(pid, nil, syscall.WNOHANG, nil)
			}
		}
		select {
		case <-ended:
		case <-ctx.Done():
			return nil
		}
	}
}

// zombies lists the children of a process that wait to be taken.
func zombies(parent int) []int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var found []int
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile("/proc/" + entry.Name() + "/stat")
		if err == nil && isZombieOf(stat, parent) {
			found = append(found, pid)
		}
	}
	return found
}

// isZombieOf reads state and parent, which follow the name in brackets: proc_pid_stat(5).
func isZombieOf(stat []byte, parent int) bool {
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	return len(fields) > 1 && string(fields[0]) == "Z" && string(fields[1]) == strconv.Itoa(parent)
}
