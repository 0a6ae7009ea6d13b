package host

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/weft-mesh/weft/hack/testbed/internal/layout"
)

// Process is a running process of a bed.
type Process struct {
	PID  int
	Argv []string
}

// Processes lists the processes that carry the bed's mark, without this one and those above it.
func Processes(dir layout.Dir) ([]Process, error) {
	own := ancestors()
	entries, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil, err
	}
	var found []Process
	for _, entry := range entries {
		pid, err := strconv.Atoi(filepath.Base(entry))
		if err != nil || slices.Contains(own, pid) {
			continue
		}
		environ, err := os.ReadFile(filepath.Join(entry, "environ"))
		if err != nil || !slices.Contains(fields(environ), dir.Mark()) {
			continue
		}
		argv, err := os.ReadFile(filepath.Join(entry, "cmdline"))
		if err == nil && len(argv) > 0 {
			found = append(found, Process{PID: pid, Argv: fields(argv)})
		}
	}
	return found, nil
}

// Init finds the init of a node among the bed's processes; 0 when there is none.
func Init(dir layout.Dir, name string) int {
	all, err := Processes(dir)
	if err != nil {
		return 0
	}
	for _, p := range all {
		if len(p.Argv) == 4 && slices.Equal(p.Argv[1:], []string{"init", string(dir), name}) {
			return p.PID
		}
	}
	return 0
}

// Kill ends the processes of a bed. Those inside a node end with its init.
func Kill(dir layout.Dir) (remaining int, err error) {
	all, err := Processes(dir)
	for _, p := range all {
		_ = syscall.Kill(p.PID, syscall.SIGKILL)
	}
	return len(all), err
}

func ancestors() []int {
	var all []int
	for pid := os.Getpid(); pid > 1; {
		all = append(all, pid)
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if err != nil {
			break
		}
		// The name in parentheses may hold spaces; state and parent follow it (proc_pid_stat(5)).
		after := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		if pid, err = strconv.Atoi(after[1]); err != nil {
			break
		}
	}
	return all
}

func fields(b []byte) []string { return strings.Split(strings.TrimRight(string(b), "\x00"), "\x00") }
