//go:build failpoint

package failpoint

import (
	"os"
	"syscall"
)

// Pass kills the process if the environment variable WEFT_FAILPOINT is MOMENT:NAME, such as before:policy-status. No
// deferred function runs, as when a machine loses power.
func Pass(name Name, moment string) {
	if os.Getenv("WEFT_FAILPOINT") == moment+":"+string(name) {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}

// Off says that the environment variable WEFT_FAILPOINT is NAME:off, such as order:off: a mechanism is taken out.
func Off(name Name) bool { return os.Getenv("WEFT_FAILPOINT") == string(name)+":off" }
