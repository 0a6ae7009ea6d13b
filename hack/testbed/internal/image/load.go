package image

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/weft-mesh/weft/hack/images/image"

	"github.com/weft-mesh/weft/hack/testbed/internal/layout"
	"github.com/weft-mesh/weft/hack/testbed/internal/part"
	"github.com/weft-mesh/weft/hack/testbed/internal/progress"
)

// Tar returns the tar of a known image, made when the cache lacks it.
func Tar(ctx context.Context, dir layout.Dir, name string) (string, error) {
	r, ok := known[name]
	if !ok {
		return "", fmt.Errorf("no image named %q and no such file; there are %s", name, strings.Join(Names(), ", "))
	}
	if err := part.Install(ctx); err != nil {
		return "", err
	}
	parts := map[string]string{}
	for _, p := range r.parts {
		built, err := part.Ensure(ctx, dir, p)
		if err != nil {
			return "", err
		}
		parts[p] = built
	}
	spec, err := r.spec(parts)
	if err != nil {
		return "", fmt.Errorf("image %s: %w", name, err)
	}
	spec.Ref = Ref(name)
	key, err := key(spec)
	if err != nil {
		return "", fmt.Errorf("image %s: %w", name, err)
	}
	tar := dir.Cache("images", name+"-"+key+".tar")
	if _, err := os.Stat(tar); err == nil {
		return tar, nil
	}
	progress.Say("making image %s", spec.Ref)
	built, err := image.Build(spec)
	if err != nil {
		return "", fmt.Errorf("image %s: %w", name, err)
	}
	if err := os.MkdirAll(filepath.Dir(tar), 0o755); err != nil {
		return "", err
	}
	return tar, image.Save(tar, spec.Ref, built)
}

// key hashes what the image is made of. A source counts by its path, size and time of change. The content of
// generated files does not count: they are made anew each time, and the first ones are as good as any.
func key(spec image.Spec) (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, spec.Ref, spec.Entrypoint, spec.Cmd, spec.Env, spec.User)
	for _, f := range spec.Files {
		fmt.Fprintln(h, f.Path, f.Link, f.Mode)
		if f.Source == "" {
			continue
		}
		info, err := os.Stat(f.Source)
		if err != nil {
			return "", err
		}
		fmt.Fprintln(h, f.Source, info.Size(), info.ModTime().UnixNano())
	}
	return fmt.Sprintf("%x", h.Sum(nil))[:12], nil
}

// Store is the image store of one node.
type Store struct {
	Ctr    string // path of the ctr binary
	Socket string // containerd's socket as the host sees it
}

// Import loads a tar as docker save or Save writes it.
func (s Store) Import(ctx context.Context, tar string) error { return s.run(ctx, "import", tar) }

// Tag gives an image a second reference.
func (s Store) Tag(ctx context.Context, ref, as string) error {
	return s.run(ctx, "tag", "--force", ref, as)
}

func (s Store) run(ctx context.Context, args ...string) error {
	args = append([]string{"--address", s.Socket, "--namespace", "k8s.io", "images"}, args...)
	if out, err := exec.CommandContext(ctx, s.Ctr, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("ctr %s: %w: %s", strings.Join(args[4:], " "), err, out)
	}
	return nil
}
