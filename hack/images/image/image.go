package image

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
)

// epoch is the time of everything in an image.
var epoch = time.Unix(0, 0).UTC()

// Spec is what an image is made of. Entrypoint, Cmd, User and WorkingDir replace those of Base when they are set, and
// an Entrypoint drops the Cmd of Base. Env and Labels are added to those of Base and win over them.
type Spec struct {
	Ref        string   // name of the image; only errors show it
	Base       v1.Image // nil for an image from scratch
	Files      []File
	Entrypoint []string
	Cmd        []string
	Env        []string // NAME=value
	User       string   // uid or uid:gid; names need a passwd file in the image
	WorkingDir string
	Labels     map[string]string
}

// Build makes an image for Linux and the architecture of this program: Base, if there is one, and a layer with the
// Files above it. Sources are read now; changing them later does not change the image. An error names the file.
//
// Without a Base, missing parent directories are added with mode 0755. With a Base they are left to the container
// runtime, because an entry for /lib or /tmp would replace the link or the mode that Base has there.
func Build(spec Spec) (v1.Image, error) {
	img, err := build(spec)
	if err != nil {
		return nil, fmt.Errorf("build image %s: %w", spec.Ref, err)
	}
	return img, nil
}

func build(spec Spec) (v1.Image, error) {
	base := spec.Base
	if base == nil {
		base = empty.Image
	}
	files, err := list(spec.Files, spec.Base == nil)
	if err != nil {
		return nil, err
	}
	layer, err := pack(files, base)
	if err != nil {
		return nil, err
	}
	img, err := mutate.Append(base, mutate.Addendum{
		Layer:   layer,
		History: v1.History{Created: v1.Time{Time: epoch}, CreatedBy: "weft images"},
	})
	if err != nil {
		return nil, err
	}
	config, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	return mutate.ConfigFile(img, configure(config.DeepCopy(), spec))
}

func configure(c *v1.ConfigFile, spec Spec) *v1.ConfigFile {
	c.Created = v1.Time{Time: epoch}
	if c.OS == "" { // an image from scratch
		c.OS, c.Architecture = "linux", runtime.GOARCH
	}
	if spec.Entrypoint != nil {
		c.Config.Entrypoint, c.Config.Cmd = spec.Entrypoint, nil
	}
	if spec.Cmd != nil {
		c.Config.Cmd = spec.Cmd
	}
	if spec.User != "" {
		c.Config.User = spec.User
	}
	if spec.WorkingDir != "" {
		c.Config.WorkingDir = spec.WorkingDir
	}
	for _, variable := range spec.Env {
		name, _, _ := strings.Cut(variable, "=")
		c.Config.Env = slices.DeleteFunc(c.Config.Env, func(v string) bool { return strings.HasPrefix(v, name+"=") })
		c.Config.Env = append(c.Config.Env, variable)
	}
	for key, value := range spec.Labels {
		if c.Config.Labels == nil {
			c.Config.Labels = map[string]string{}
		}
		c.Config.Labels[key] = value
	}
	return c
}
