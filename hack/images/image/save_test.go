package image

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

func TestSave(t *testing.T) {
	const ref = "weft.local/test:1"
	img := mustBuild(t, Spec{Ref: ref, Files: []File{{Path: "/x", Content: []byte("x")}}})
	dir := t.TempDir()
	first, second := filepath.Join(dir, "1.tar"), filepath.Join(dir, "2.tar")
	for _, path := range []string{first, second} {
		if err := Save(path, ref, img); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(read(t, first), read(t, second)) {
		t.Error("two tars of one image differ")
	}

	tag, err := name.NewTag(ref)
	if err != nil {
		t.Fatal(err)
	}
	saved, err := tarball.ImageFromPath(first, &tag)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Image(saved); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(entries(t, img), entries(t, saved)); diff != "" {
		t.Errorf("entries after saving (-want +got):\n%s", diff)
	}
}

func TestSaveRefused(t *testing.T) {
	img := mustBuild(t, Spec{})
	dir := t.TempDir()
	for _, ref := range []string{"weft.local/test", "test:1", "weft.local/Test:1"} {
		if err := Save(filepath.Join(dir, "x.tar"), ref, img); err == nil {
			t.Errorf("%s: no error, want one because a name has a host and a tag", ref)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("after a failure: %v, %v; want an empty directory", left, err)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
