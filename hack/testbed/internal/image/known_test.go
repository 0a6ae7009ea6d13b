package image

import (
	"testing"

	"github.com/weft-mesh/weft/hack/images/image"

	"github.com/weft-mesh/weft/hack/testbed/internal/part"
)

func TestRecipesNamePartsThatExist(t *testing.T) {
	for name, r := range known {
		for _, p := range r.parts {
			if _, ok := part.Table[p]; !ok {
				t.Errorf("image %s is made of %q, which is no part", name, p)
			}
		}
	}
}

// TestKeyFollowsTheImage: the same image has the same key, another entrypoint or file another one.
func TestKeyFollowsTheImage(t *testing.T) {
	spec := image.Spec{Ref: Ref("x"), Files: []image.File{{Path: "/bin/sh", Source: "/bin/sh"}}, Entrypoint: []string{"/bin/sh"}}
	first, err := key(spec)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := key(spec); again != first {
		t.Errorf("%s, then %s", first, again)
	}
	entry, file := spec, spec
	entry.Entrypoint = []string{"/bin/ash"}
	file.Files = []image.File{{Path: "/bin/sh", Source: "/bin/ls"}}
	for what, changed := range map[string]image.Spec{"entrypoint": entry, "file": file} {
		if k, _ := key(changed); k == first {
			t.Errorf("another %s has the same key", what)
		}
	}
	if _, err := key(image.Spec{Files: []image.File{{Path: "/x", Source: "/does/not/exist"}}}); err == nil {
		t.Error("a missing source gave a key")
	}
}
