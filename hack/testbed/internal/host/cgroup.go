package host

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// CgroupParent holds the cgroups of all nodes, in every hierarchy.
const CgroupParent = "weft-testbed"

// MakeCgroup makes a node's cgroup in each mounted hierarchy and returns its path as the kubelet names it.
// Two kubelets must not share one: each removes the pods that it does not know. nodes is how many
// there will be.
func MakeCgroup(node string, nodes int) (string, error) {
	hierarchies, err := hierarchies()
	if err != nil {
		return "", err
	}
	for _, h := range hierarchies {
		for _, dir := range []string{filepath.Join(h, CgroupParent), filepath.Join(h, CgroupParent, node)} {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return "", fmt.Errorf("make cgroup: %w", err)
			}
			if err := inherit(dir); err != nil {
				return "", fmt.Errorf("set up cgroup %s: %w", dir, err)
			}
		}
		if err := weigh(filepath.Join(h, CgroupParent), nodes, runtime.NumCPU()); err != nil {
			return "", fmt.Errorf("give the nodes' pods their time: %w", err)
		}
	}
	return "/" + CgroupParent + "/" + node, nil
}

// weigh gives the pods of all nodes the weight that their CPUs have on nodes of their own, where a kubelet gives them 1024
// shares a CPU. As a new cgroup comes, they would all together have the time of one process outside it, such as etcd.
func weigh(parent string, nodes, cpus int) error {
	for file, unit := range map[string]int{"cpu.shares": 1024, "cpu.weight": 100} { // of version 1 and 2
		weight := min(nodes*cpus, 100) * unit // cpu.weight ends at 10000
		path := filepath.Join(parent, file)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := os.WriteFile(path, []byte(strconv.Itoa(weight)), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// inherit copies what a new cgroup needs before it can hold processes: the cpuset in version 1, the controllers in
// version 2.
func inherit(dir string) error {
	parent := filepath.Dir(dir)
	for _, file := range []string{"cpuset.cpus", "cpuset.mems"} {
		value, err := os.ReadFile(filepath.Join(parent, file))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, file), value, 0o644); err != nil {
			return err
		}
	}
	controllers, err := os.ReadFile(filepath.Join(dir, "cgroup.controllers"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, c := range strings.Fields(string(controllers)) {
		if err := os.WriteFile(filepath.Join(dir, "cgroup.subtree_control"), []byte("+"+c), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// RemoveCgroups removes the cgroups of all nodes; it fails while one still holds a process.
func RemoveCgroups() error {
	left, err := Cgroups()
	if err != nil {
		return err
	}
	slices.SortFunc(left, func(a, b string) int { return strings.Count(b, "/") - strings.Count(a, "/") })
	var errs []error
	for _, dir := range left {
		if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Cgroups lists the directories of the nodes' cgroups.
func Cgroups() ([]string, error) {
	hierarchies, err := hierarchies()
	if err != nil {
		return nil, err
	}
	var all []string
	for _, h := range hierarchies {
		err := filepath.WalkDir(filepath.Join(h, CgroupParent), func(path string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err == nil && d.IsDir() {
				all = append(all, path)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// hierarchies lists where cgroups are mounted.
func hierarchies() ([]string, error) {
	mounts, err := Mounts()
	if err != nil {
		return nil, err
	}
	var found []string
	for _, m := range mounts {
		if m.Type == "cgroup" || m.Type == "cgroup2" {
			found = append(found, m.Point)
		}
	}
	if len(found) == 0 {
		return nil, errors.New("no cgroup hierarchy is mounted")
	}
	return found, nil
}
