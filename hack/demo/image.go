package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/weft-mesh/weft/hack/images/image"
)

const bookstoreRepository = "testbed.local/bookstore"

// provideImages builds what the user has not named, and loads it into the test bed.
func (d *demo) provideImages(ctx context.Context) error {
	if err := d.buildPlugin(ctx); err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "weft-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	if err := d.provideBookstore(ctx, work); err != nil {
		return err
	}
	return d.provideWeft(ctx, work)
}

func (d *demo) buildPlugin(ctx context.Context) error {
	d.say.line("programs: building bin/kubectl-weft")
	plugin, err := filepath.Abs(d.plugin())
	if err != nil {
		return err
	}
	return d.build(ctx, d.root, plugin, "./cmd/kubectl-weft")
}

func (d *demo) build(ctx context.Context, module, binary, program string) error {
	return d.follow(ctx, "env", "CGO_ENABLED=0", "GOOS=linux", "go", "build", "-C", module,
		"-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", binary, program)
}

func (d *demo) provideBookstore(ctx context.Context, work string) error {
	if d.images.bookstore != "" {
		d.say.line("images: %s", d.images.bookstore)
		return nil
	}
	d.say.line("images: building the bookstore")
	binary := filepath.Join(work, "bookstore")
	if err := d.build(ctx, d.example(""), binary, "."); err != nil {
		return err
	}
	img, err := image.Build(image.Spec{
		Ref:        bookstoreInManifest,
		Files:      []image.File{{Path: "/bookstore", Source: binary, Mode: 0o755}},
		Entrypoint: []string{"/bookstore"},
		User:       "65532:65532",
	})
	if err != nil {
		return err
	}
	d.images.bookstore, err = d.load(ctx, img, bookstoreRepository, work)
	return err
}

// load names an image after its content and loads it. So a changed program is rolled out, an unchanged one left alone.
func (d *demo) load(ctx context.Context, img v1.Image, repository, work string) (string, error) {
	name, err := contentName(img, repository)
	if err != nil {
		return "", err
	}
	archive := filepath.Join(work, filepath.Base(repository)+".tar")
	if err := image.Save(archive, name, img); err != nil {
		return "", err
	}
	d.say.line("images: loading %s", name)
	return name, d.follow(ctx, d.testbed, "load-image", archive)
}

func contentName(img v1.Image, repository string) (string, error) {
	digest, err := img.Digest()
	if err != nil {
		return "", fmt.Errorf("digest of %s: %w", repository, err)
	}
	return repository + ":" + digest.Hex[:12], nil
}

// loadFile loads the image that is in an archive.
func (d *demo) loadFile(ctx context.Context, archive, repository, work string) (string, error) {
	img, err := tarball.ImageFromPath(archive, nil)
	if err != nil {
		return "", fmt.Errorf("read %s: %w", archive, err)
	}
	return d.load(ctx, img, repository, work)
}
