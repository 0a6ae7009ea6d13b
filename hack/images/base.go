package main

import (
	"context"
	"fmt"
	"os"
	"runtime"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// scratch is the base image with nothing in it.
const scratch = "scratch"

// base returns the image to build on, nil for scratch: a tar when a file of that name exists, else what a registry
// has for the reference. An OCI tar is unpacked into dir, which must outlive the image.
func base(ctx context.Context, ref, dir string) (v1.Image, error) {
	if ref == scratch {
		return nil, nil
	}
	img, err := open(ctx, ref, dir)
	if err != nil {
		return nil, fmt.Errorf("base image %s: %w", ref, err)
	}
	config, err := img.ConfigFile()
	if err != nil {
		return nil, fmt.Errorf("base image %s: %w", ref, err)
	}
	if got, want := config.Platform(), platform(); !got.Satisfies(want) {
		return nil, fmt.Errorf("base image %s is for %s, not for %s", ref, got, want)
	}
	return img, nil
}

func open(ctx context.Context, ref, dir string) (v1.Image, error) {
	if _, err := os.Stat(ref); err == nil {
		return openTar(ref, dir)
	}
	reference, err := name.ParseReference(ref)
	if err != nil {
		return nil, err
	}
	return remote.Image(reference, remote.WithContext(ctx), remote.WithPlatform(platform()), remote.WithAuthFromKeychain(authn.DefaultKeychain))
}

func platform() v1.Platform { return v1.Platform{OS: "linux", Architecture: runtime.GOARCH} }
