package host

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vishvananda/netlink"

	"github.com/weft-mesh/weft/hack/testbed/internal/layout"
)

// Snapshot is what the bed could leave behind on the host. Sets are kept as sorted lists.
type Snapshot struct {
	Sysctls map[string]string   `json:"sysctls"`
	Sets    map[string][]string `json:"sets"`
}

// kernelWide are the settings that a kubelet changes for the whole machine.
var kernelWide = []string{
	"vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops",
	"kernel/keys/root_maxkeys", "kernel/keys/root_maxbytes",
}

// watched are the directories in which a stray file of a cluster would appear.
var watched = []string{
	"/etc", "/etc/cni", "/opt", "/run", "/run/netns", "/tmp/containerd*", "/var/lib", "/var/lib/cni", "/var/log",
	"/var/log/pods", "/var/log/containers",
}

// Take looks at the host now.
func Take() (Snapshot, error) {
	s := Snapshot{Sysctls: map[string]string{}, Sets: map[string][]string{}}
	for _, name := range kernelWide {
		value, err := os.ReadFile(filepath.Join("/proc/sys", name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return s, err
		}
		s.Sysctls[name] = strings.TrimSpace(string(value))
	}
	for _, pattern := range watched {
		found, err := filepath.Glob(filepath.Join(pattern, "*"))
		if err != nil {
			return s, err
		}
		s.Sets["file"] = append(s.Sets["file"], found...)
	}
	links, err := netlink.LinkList()
	if err != nil {
		return s, fmt.Errorf("list links: %w", err)
	}
	for _, l := range links {
		s.Sets["link"] = append(s.Sets["link"], l.Attrs().Name)
	}
	mounts, err := Mounts()
	if err != nil {
		return s, err
	}
	for _, m := range mounts {
		s.Sets["mount"] = append(s.Sets["mount"], m.Point)
	}
	if s.Sets["cgroup"], err = Cgroups(); err != nil {
		return s, err
	}
	for set, command := range map[string][]string{
		"nft rule": {"nft", "list", "ruleset"}, "iptables rule": {"iptables-legacy-save"}, "route": {"ip", "route"},
	} {
		out, err := exec.Command(command[0], command[1:]...).Output()
		if err != nil {
			return s, fmt.Errorf("%s: %w", command[0], err)
		}
		s.Sets[set] = rules(string(out))
	}
	return s, nil
}

// rules drops comments and the counters of iptables' chains, which change by themselves.
func rules(out string) []string {
	var kept []string
	for line := range strings.Lines(out) {
		line, _, _ = strings.Cut(strings.TrimSpace(line), " [")
		if line != "" && !strings.HasPrefix(line, "#") {
			kept = append(kept, line)
		}
	}
	return kept
}

// Load reads the snapshot that was taken before the bed's first start.
func Load(dir layout.Dir) (Snapshot, error) {
	var s Snapshot
	content, err := os.ReadFile(dir.Run("before.json"))
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal(content, &s)
}

// Save keeps the snapshot for the next down.
func (s Snapshot) Save(dir layout.Dir) error {
	content, err := json.MarshalIndent(s, "", "\t")
	if err != nil {
		return err
	}
	return layout.WriteFile(dir.Run("before.json"), content)
}

// Restore sets the kernel-wide settings back.
func (s Snapshot) Restore() error {
	var errs []error
	for name, value := range s.Sysctls {
		file := filepath.Join("/proc/sys", name)
		if now, err := os.ReadFile(file); err == nil && strings.TrimSpace(string(now)) != value {
			errs = append(errs, os.WriteFile(file, []byte(value), 0o644))
		}
	}
	return errors.Join(errs...)
}

// Leftovers names what after has and before had not, one line each.
func Leftovers(before, after Snapshot) []string {
	var left []string
	for _, set := range slices.Sorted(maps.Keys(after.Sets)) {
		for _, entry := range after.Sets[set] {
			if !slices.Contains(before.Sets[set], entry) {
				left = append(left, set+" "+entry)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(before.Sysctls)) {
		if after.Sysctls[name] != before.Sysctls[name] {
			left = append(left, fmt.Sprintf("sysctl %s is %s, was %s", name, after.Sysctls[name], before.Sysctls[name]))
		}
	}
	return left
}
