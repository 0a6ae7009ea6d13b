package main

import (
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/spf13/cobra"

	"github.com/weft-mesh/weft/hack/images/image"
	"github.com/weft-mesh/weft/hack/images/sbom"
)

// options are the flags of the build command.
type options struct {
	out       string
	baseImage string
	envoy     string
	tag       string
}

func buildCommand() *cobra.Command {
	var o options
	c := &cobra.Command{
		Use:   "build [TARGET...]",
		Short: "Build images, as tars to import, with an SPDX document for each",
		Long: `Build writes TARGET.tar and TARGET.spdx.json for each target, or for all of them, and prints the digest that the
image has in a registry. The same sources, toolchain and Envoy give the same bytes.`,
		ValidArgs: targetNames(),
		RunE: func(c *cobra.Command, names []string) error {
			chosen, err := named(names)
			if err != nil {
				return err
			}
			return o.run(c, chosen)
		},
	}
	c.Flags().StringVar(&o.out, "out", "", "directory for the files (default dist in the repository)")
	c.Flags().StringVar(&o.baseImage, "base-image", scratch, "base of the operator's image: scratch, a tar of an image, or a reference to pull")
	c.Flags().StringVar(&o.envoy, "envoy", "", "Envoy binary for the agent's image")
	c.Flags().StringVar(&o.tag, "tag", "dev", "tag of the images")
	return c
}

func (o options) run(c *cobra.Command, chosen []target) error {
	for _, t := range chosen {
		if t.envoy && o.envoy == "" {
			return fmt.Errorf("target %s carries Envoy: name its binary with --envoy", t.name)
		}
	}
	root, err := repository()
	if err != nil {
		return err
	}
	if o.out == "" {
		o.out = filepath.Join(root, "dist")
	}
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return err
	}
	for _, t := range chosen {
		digest, err := o.build(c.Context(), root, t)
		if err != nil {
			return fmt.Errorf("target %s: %w", t.name, err)
		}
		if _, err := fmt.Fprintln(c.OutOrStdout(), t.ref(o.tag), digest); err != nil {
			return err
		}
	}
	return nil
}

// build makes the image and the SBOM of one target and returns the image's digest.
func (o options) build(ctx context.Context, root string, t target) (digest v1.Hash, err error) {
	dir, err := os.MkdirTemp("", "weft-images-")
	if err != nil {
		return digest, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	program := filepath.Join(dir, t.program)
	if err := compile(ctx, root, t.program, program); err != nil {
		return digest, err
	}
	spec := image.Spec{
		Ref:        t.ref(o.tag),
		Files:      []image.File{{Path: t.path(), Source: program, Mode: 0o755}},
		Entrypoint: []string{t.path()}, User: t.user, Labels: t.labels(),
	}
	if t.base {
		if spec.Base, err = base(ctx, o.baseImage, dir); err != nil {
			return digest, err
		}
	}
	var beside []sbom.Component
	if t.envoy {
		files, components, err := envoy(ctx, o.envoy)
		if err != nil {
			return digest, err
		}
		spec.Files, beside = append(spec.Files, files...), components
	}
	img, err := image.Build(spec)
	if err != nil {
		return digest, err
	}
	if err := image.Save(filepath.Join(o.out, t.name+".tar"), spec.Ref, img); err != nil {
		return digest, err
	}
	if err := writeSBOM(filepath.Join(o.out, t.name+".spdx.json"), t, program, beside); err != nil {
		return digest, err
	}
	return img.Digest()
}

// writeSBOM lists what the image of a target is made of.
func writeSBOM(path string, t target, program string, beside []sbom.Component) error {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return err
	}
	created, err := sbom.Created(os.Getenv("SOURCE_DATE_EPOCH"), info)
	if err != nil {
		return err
	}
	text, err := sbom.Marshal(sbom.Subject{Name: "weft-" + t.name, Program: info, Beside: beside, Created: created})
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}
