package main

import (
	"archive/tar"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"github.com/weft-mesh/weft/hack/images/image"
)

func TestBaseFromTar(t *testing.T) {
	want, err := image.Build(image.Spec{Files: []image.File{{Path: "/x", Content: []byte("x")}}, User: "7"})
	if err != nil {
		t.Fatal(err)
	}
	docker := filepath.Join(t.TempDir(), "docker.tar")
	if err := image.Save(docker, "weft.local/base:1", want); err != nil {
		t.Fatal(err)
	}
	for format, file := range map[string]string{"docker": docker, "oci": ociTar(t, want)} {
		t.Run(format, func(t *testing.T) {
			got, err := base(t.Context(), file, t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			if config := mustConfig(t, got); config.Config.User != "7" {
				t.Errorf("user %q, want that of the base, 7", config.Config.User)
			}
		})
	}
}

func TestBaseRefused(t *testing.T) {
	other, err := mutate.ConfigFile(empty.Image, &v1.ConfigFile{OS: "plan9", Architecture: "mips"})
	if err != nil {
		t.Fatal(err)
	}
	foreign := filepath.Join(t.TempDir(), "foreign.tar")
	text := filepath.Join(t.TempDir(), "text.tar")
	if err := errors.Join(
		image.Save(foreign, "weft.local/base:1", other),
		os.WriteFile(text, []byte("no tar"), 0o644),
	); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{foreign: "plan9/mips", text: "as an OCI tar", "a b": "could not parse"} {
		if _, err := base(t.Context(), file, t.TempDir()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got error %v, want one that says %q", file, err, want)
		}
	}
}

// ociTar writes an image as a tar of an OCI layout, as skopeo and buildah do.
func ociTar(t *testing.T, img v1.Image) string {
	t.Helper()
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "oci.tar")
	if _, err := layout.Write(dir, mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: img})); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := tar.NewWriter(f)
	if err := errors.Join(w.AddFS(os.DirFS(dir)), w.Close()); err != nil {
		t.Fatal(err)
	}
	return file
}
