package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// group limits the processors and the memory of a program, with cgroups of either version. It needs root.
type group struct {
	folders []string
	peak    string // file with the most bytes that were used at once
	events  string // file with the number of programs that were ended for want of memory
	memory  int64
}

const cgroups = "/sys/fs/cgroup"

func newGroup(name string, cores float64, memory int64) (*group, error) {
	const period = 100_000 // microseconds
	quota := strconv.Itoa(int(cores * period))
	g := &group{memory: memory}
	var err error
	if _, missing := os.Stat(cgroups + "/cgroup.controllers"); missing == nil {
		if err = write(cgroups+"/cgroup.subtree_control", "+cpu +memory"); err != nil {
			return nil, err
		}
		folder := filepath.Join(cgroups, name)
		g.folders, g.peak, g.events = []string{folder}, folder+"/memory.peak", folder+"/memory.events"
		err = g.fill(map[string]string{folder + "/cpu.max": quota + " " + strconv.Itoa(period), folder + "/memory.max": strconv.FormatInt(memory, 10)})
	} else {
		cpu, mem := filepath.Join(cgroups, "cpu", name), filepath.Join(cgroups, "memory", name)
		g.folders, g.peak, g.events = []string{cpu, mem}, mem+"/memory.max_usage_in_bytes", mem+"/memory.oom_control"
		err = g.fill(map[string]string{cpu + "/cpu.cfs_quota_us": quota, mem + "/memory.limit_in_bytes": strconv.FormatInt(memory, 10)})
	}
	if err != nil {
		g.remove()
		return nil, fmt.Errorf("limit processors and memory (needs root): %w", err)
	}
	return g, nil
}

func (g *group) fill(files map[string]string) error {
	for _, folder := range g.folders {
		if err := os.Mkdir(folder, 0o755); err != nil {
			return err
		}
	}
	for file, text := range files {
		if err := write(file, text); err != nil {
			return err
		}
	}
	return nil
}

func write(file, text string) error { return os.WriteFile(file, []byte(text), 0o644) }

// wrap makes a command that enters the group before it becomes the program.
func (g *group) wrap(command []string) []string {
	var enter strings.Builder
	for _, folder := range g.folders {
		fmt.Fprintf(&enter, "echo $$ > %s/cgroup.procs; ", folder)
	}
	return append([]string{"/bin/sh", "-ec", enter.String() + `exec "$@"`, "sh"}, command...)
}

// environment tells a Go program what it may use, as both products' manifests do.
func (g *group) environment() []string {
	return []string{fmt.Sprintf("GOMEMLIMIT=%d", g.memory*9/10)}
}

// starved says that the program was ended for want of memory.
func (g *group) starved() bool {
	text, err := os.ReadFile(g.events)
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(text)) {
		if count, is := strings.CutPrefix(strings.TrimSpace(line), "oom_kill "); is {
			return count != "0"
		}
	}
	return false
}

// used is the most memory that was used at once.
func (g *group) used() (int64, error) {
	text, err := os.ReadFile(g.peak)
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
}

// remove takes the group away once its program has ended.
func (g *group) remove() {
	for _, folder := range g.folders {
		for range 50 { // the kernel takes a moment to forget a process
			if err := os.Remove(folder); err == nil || os.IsNotExist(err) {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
}
