package node

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/weft-mesh/weft/hack/testbed/internal/layout"
)

// mount gives the node its own /proc, /run, /var and name files. The host sees none of it.
func mount(dir layout.Dir, name string) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	for own, over := range map[string]string{"run": "/run", "var": "/var", "hosts": "/etc/hosts", "resolv.conf": "/etc/resolv.conf"} {
		if err := unix.Mount(dir.Node(name, own), over, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("put the node's own %s in place: %w", over, err)
		}
	}
	return nil
}

// prepare makes what mount puts in place. Names of nodes resolve; there is no other name server than the cluster's.
func prepare(dir layout.Dir, name, hosts string) error {
	for _, d := range []string{"log", "run/tmp", "run/netns", "var/log", "var/lib", "var/tmp"} {
		if err := os.MkdirAll(dir.Node(name, d), 0o755); err != nil {
			return err
		}
	}
	if err := os.Symlink("/run", dir.Node(name, "var", "run")); err != nil {
		return err
	}
	if err := os.WriteFile(dir.Node(name, "hosts"), []byte(hosts), 0o644); err != nil {
		return err
	}
	return os.WriteFile(dir.Node(name, "resolv.conf"), []byte("nameserver 127.0.0.1\n"), 0o644)
}

// sysctl sets what a Kubernetes node needs of its network namespace.
func sysctl() error {
	for file, value := range map[string]string{
		"/proc/sys/net/ipv4/ip_forward":             "1",
		"/proc/sys/net/ipv4/conf/all/rp_filter":     "0",
		"/proc/sys/net/ipv4/conf/default/rp_filter": "0",
	} {
		if err := os.WriteFile(file, []byte(value), 0o644); err != nil {
			return fmt.Errorf("set %s: %w", file, err)
		}
	}
	return nil
}
