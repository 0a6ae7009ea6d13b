package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/weft-mesh/weft/hack/images/image"
)

const (
	repository = "testbed.local/bookstore"
	inManifest = repository + ":1"
)

// provideImage builds the bookstore and loads it into the test bed, unless the user has named an image.
func (d *demo) provideImage(ctx context.Context) error {
	if d.image != "" {
		d.say.line("image: %s", d.image)
		return nil
	}
	work, err := os.MkdirTemp("", "bookstore-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	d.say.line("image: building the bookstore")
	binary := filepath.Join(work, "bookstore")
	if err := d.follow(ctx, "env", "CGO_ENABLED=0", "GOOS=linux", "go", "build", "-C", d.bookstore(),
		"-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", binary, "."); err != nil {
		return err
	}
	archive := filepath.Join(work, "bookstore.tar")
	if d.image, err = pack(binary, archive); err != nil {
		return err
	}
	d.say.line("image: loading %s", d.image)
	return d.follow(ctx, d.testbed, "load-image", archive)
}

// pack names the image after its content. So a changed program is rolled out, and an unchanged one is left alone.
func pack(binary, archive string) (name string, err error) {
	img, err := image.Build(image.Spec{
		Ref:        inManifest,
		Files:      []image.File{{Path: "/bookstore", Source: binary, Mode: 0o755}},
		Entrypoint: []string{"/bookstore"},
		User:       "65532:65532",
	})
	if err != nil {
		return "", err
	}
	digest, err := img.Digest()
	if err != nil {
		return "", fmt.Errorf("image digest: %w", err)
	}
	name = repository + ":" + digest.Hex[:12]
	return name, image.Save(archive, name, img)
}
