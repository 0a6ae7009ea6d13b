package main

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/match"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// openTar reads an image from a tar in Docker's format, or else in OCI's, which is unpacked into dir.
func openTar(file, dir string) (v1.Image, error) {
	img, docker := tarball.ImageFromPath(file, nil)
	if docker == nil {
		return img, nil
	}
	img, oci := openOCI(file, filepath.Join(dir, "base"))
	if oci == nil {
		return img, nil
	}
	return nil, errors.Join(fmt.Errorf("as a Docker tar: %w", docker), fmt.Errorf("as an OCI tar: %w", oci))
}

func openOCI(file, dir string) (v1.Image, error) {
	if err := unpack(file, dir); err != nil {
		return nil, err
	}
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		return nil, err
	}
	images, err := partial.FindImages(index, matchesPlatform)
	if err != nil {
		return nil, err
	}
	if len(images) != 1 {
		return nil, fmt.Errorf("holds %d images for %s, not one", len(images), platform())
	}
	return images[0], nil
}

// matchesPlatform accepts images without a platform too: an index of one image often names none.
func matchesPlatform(d v1.Descriptor) bool {
	return d.Platform == nil && d.MediaType.IsImage() || match.Platforms(platform())(d)
}

// unpack writes the files of a tar into a new directory. Names that lead out of it are refused.
func unpack(file, dir string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for r := tar.NewReader(f); ; {
		header, err := r.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if header.Typeflag != tar.TypeReg {
			continue
		}
		if err := writeFile(root, header.Name, r); err != nil {
			return err
		}
	}
}

func writeFile(root *os.Root, name string, from io.Reader) error {
	if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := root.Create(name)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, from)
	return errors.Join(err, f.Close())
}
