package layout

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Acquire takes the lock of the bed until release is called or the process ends.
// The error names the process that holds it.
func (d Dir) Acquire() (release func(), err error) {
	f, err := os.OpenFile(d.Lock(), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		holder, _ := os.ReadFile(d.Lock())
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("another command is at work on this test bed (pid %s)", strings.TrimSpace(string(holder)))
		}
		return nil, fmt.Errorf("lock %s: %w", d.Lock(), err)
	}
	if err := f.Truncate(0); err != nil {
		return nil, err
	}
	if _, err := f.WriteAt([]byte(fmt.Sprintln(os.Getpid())), 0); err != nil {
		return nil, err
	}
	return func() { f.Close() }, nil
}
