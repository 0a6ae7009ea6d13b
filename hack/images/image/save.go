package image

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// Save writes an image under the name ref, which has a host and a tag, as the tar that "ctr -n k8s.io images import"
// and "docker load" take. The file at path is replaced as a whole or not at all.
func Save(path string, ref string, img v1.Image) error {
	if err := save(path, ref, img); err != nil {
		return fmt.Errorf("save image %s: %w", ref, err)
	}
	return nil
}

func save(path string, ref string, img v1.Image) error {
	tag, err := name.NewTag(ref, name.StrictValidation)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // does nothing after the rename
	defer f.Close()
	if err := tarball.Write(tag, img, f); err != nil {
		return err
	}
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
