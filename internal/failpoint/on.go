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
