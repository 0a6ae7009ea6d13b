package host

import (
	"fmt"
	"os"
	"strings"
)

// Mount is a line of /proc/self/mountinfo (proc_pid_mountinfo(5)).
type Mount struct{ Point, Type string }

// Mounts lists what is mounted on the host.
func Mounts() ([]Mount, error) {
	content, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	var all []Mount
	for line := range strings.Lines(string(content)) {
		before, after, found := strings.Cut(line, " - ")
		left, right := strings.Fields(before), strings.Fields(after)
		if !found || len(left) < 5 || len(right) < 1 {
			return nil, fmt.Errorf("mountinfo: unexpected line %q", line)
		}
		all = append(all, Mount{Point: left[4], Type: right[0]})
	}
	return all, nil
}
