package part

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/weft-mesh/weft/hack/testbed/internal/layout"
	"github.com/weft-mesh/weft/hack/testbed/internal/progress"
)

// Job is one part being made.
type Job struct {
	Part
	ctx    context.Context
	mark   string // environment entry of the bed's processes
	module string // directory of the part's module
	out    string // directory to fill
}

// Ensure returns the directory of a part, making it when the cache lacks it.
func Ensure(ctx context.Context, dir layout.Dir, name string) (string, error) {
	p, ok := Table[name]
	if !ok {
		return "", fmt.Errorf("no part named %q; there are %s", name, strings.Join(Names(), ", "))
	}
	root, err := root()
	if err != nil {
		return "", err
	}
	version, err := exec.CommandContext(ctx, "go", "env", "GOVERSION").Output()
	if err != nil {
		return "", fmt.Errorf("ask Go for its version: %w", err)
	}
	key, err := p.key(root, strings.TrimSpace(string(version)))
	if err != nil {
		return "", fmt.Errorf("hash the sources of %s: %w", name, err)
	}
	final := dir.Cache("parts", name+"-"+key)
	if _, err := os.Stat(final); err == nil {
		return final, nil
	}
	progress.Say("building %s", name)
	temporary := final + ".partial"
	if err := os.RemoveAll(temporary); err != nil {
		return "", err
	}
	if err := os.MkdirAll(temporary, 0o755); err != nil {
		return "", err
	}
	job := Job{Part: p, ctx: ctx, mark: dir.Mark(), module: filepath.Join(root, p.Module), out: temporary}
	if err := job.make(); err != nil {
		return "", fmt.Errorf("build %s: %w", name, err)
	}
	return final, os.Rename(temporary, final)
}

// Names lists the parts in order.
func Names() []string { return slices.Sorted(maps.Keys(Table)) }

func (j Job) make() error {
	for _, file := range slices.Sorted(maps.Keys(j.Packages)) {
		if err := j.compile("build", file, j.Packages[file]); err != nil {
			return err
		}
	}
	for _, file := range slices.Sorted(maps.Keys(j.Tests)) {
		if err := j.compile("test", file, j.Tests[file], "-c"); err != nil {
			return err
		}
	}
	for link, file := range j.Links {
		if err := os.Symlink(file, filepath.Join(j.out, link)); err != nil {
			return err
		}
	}
	for _, c := range j.Copies {
		if err := j.copy(c); err != nil {
			return err
		}
	}
	if j.Fetch != nil {
		return j.Fetch(j)
	}
	return nil
}

func (j Job) compile(verb, file, pkg string, flags ...string) error {
	args := append([]string{verb, "-trimpath", "-buildvcs=false", "-o", filepath.Join(j.out, file)}, flags...)
	if j.Tags != "" {
		args = append(args, "-tags", j.Tags)
	}
	linker := "-s -w"
	for _, name := range slices.Sorted(maps.Keys(j.Vars)) {
		linker += " -X " + name + "=" + j.Vars[name]
	}
	_, err := j.run("go", append(args, "-ldflags", linker, pkg)...)
	return err
}

func (j Job) copy(c Copy) error {
	dir, err := j.sources(c.Module)
	if err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(dir, c.Glob))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("no file matches %s in %s (%v)", c.Glob, c.Module, err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(j.out, filepath.Base(file)), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// sources is the directory of a module that the part requires. It is downloaded unless it is there.
func (j Job) sources(module string) (string, error) {
	text, err := j.run("go", "mod", "download", "-json", module)
	if err != nil {
		return "", err
	}
	var found struct{ Dir string }
	if err := json.Unmarshal([]byte(text), &found); err != nil {
		return "", fmt.Errorf("find the sources of %s: %w", module, err)
	}
	return found.Dir, nil
}

// run executes a command in the part's module and returns its standard output. It dies with this process.
func (j Job) run(name string, args ...string) (string, error) {
	cmd := exec.CommandContext(j.ctx, name, args...)
	cmd.Dir = j.module
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", j.mark)
	cmd.SysProcAttr = dieWithParent()
	var out, messages strings.Builder
	cmd.Stdout, cmd.Stderr = &out, io.MultiWriter(&messages, downloads{})
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, messages.String())
	}
	return out.String(), nil
}
