package part

import (
	"os"
	"path/filepath"
	"testing"
)

// TestKeyFollowsWhatDecidesTheContent changes one thing at a time.
func TestKeyFollowsWhatDecidesTheContent(t *testing.T) {
	root := t.TempDir()
	p := Part{Name: "p", Module: "m", Packages: map[string]string{"a": "./a", "b": "./b"}}
	write(t, root, "m/go.mod", "module m")
	write(t, root, "m/a/main.go", "package main")
	key := func(p Part, version string) string {
		t.Helper()
		k, err := p.key(root, version)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	first := key(p, "go1.26.8")
	if again := key(p, "go1.26.8"); again != first {
		t.Errorf("nothing changed, but the key went from %s to %s", first, again)
	}
	seen := map[string]string{first: "nothing"}
	differs := func(what, k string) {
		t.Helper()
		if old, ok := seen[k]; ok {
			t.Errorf("changing %s gives the key of changing %s", what, old)
		}
		seen[k] = what
	}
	differs("the Go version", key(p, "go1.26.9"))
	tagged := p
	tagged.Tags = "x"
	differs("the tags", key(tagged, "go1.26.8"))
	write(t, root, "m/a/main.go", "package main // changed")
	differs("a source file", key(p, "go1.26.8"))
	write(t, root, "m/go.sum", "sum")
	differs("go.sum", key(p, "go1.26.8"))
}

// TestTableIsSound: each part's module is in the repository, and each link leads to a file that is built.
func TestTableIsSound(t *testing.T) {
	root, err := root()
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range Table {
		if _, err := os.Stat(filepath.Join(root, p.Module)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if len(p.Packages)+len(p.Tests)+len(p.Copies) == 0 && p.Fetch == nil {
			t.Errorf("%s makes nothing", name)
		}
		for link, file := range p.Links {
			if p.Packages[file] == "" {
				t.Errorf("%s: link %s leads to %s, which is not built", name, link, file)
			}
		}
	}
}

func write(t *testing.T, root, name, content string) {
	t.Helper()
	path := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}
