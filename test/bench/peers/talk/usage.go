package talk

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"time"
)

// Usage is what a program has used.
type Usage struct {
	CPU  time.Duration `json:"cpu"`            // user and system, since it began
	RSS  int64         `json:"rss,omitempty"`  // bytes now
	Live int64         `json:"live,omitempty"` // bytes of heap that is reached, and of stacks
}

// Processor says how much processor time this program has used.
func Processor() Usage {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // its arguments are constant
	}
	return Usage{CPU: time.Duration(u.Utime.Nano() + u.Stime.Nano())}
}

// Memory collects garbage, gives back what is free, and says what is left.
func Memory() (Usage, error) {
	runtime.GC() // finalizers of the first run make garbage for the second one
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	rss, err := RSS(os.Getpid())
	return Usage{RSS: rss, Live: int64(m.HeapAlloc + m.StackInuse)}, err
}

// RSS is how many bytes of a process are in memory.
func RSS(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		var kilobytes int64
		if n, _ := fmt.Sscanf(line, "VmRSS: %d kB", &kilobytes); n == 1 {
			return kilobytes << 10, nil
		}
	}
	return 0, fmt.Errorf("process %d has no VmRSS", pid)
}
