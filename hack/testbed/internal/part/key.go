package part

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// key hashes what decides a part's content: its row of the table, the Go version and the sources in its module.
func (p Part) key(root, goVersion string) (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, goVersion, p.Name, p.Tags, p.Copies)
	for _, values := range []map[string]string{p.Packages, p.Tests, p.Links, p.Vars} {
		for _, name := range slices.Sorted(maps.Keys(values)) {
			fmt.Fprintln(h, name, values[name])
		}
	}
	dir := filepath.Join(root, p.Module)
	if p.Module == "." {
		dir = filepath.Join(root, p.Name)
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !p.uses(path) {
			return err
		}
		content, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		fmt.Fprintln(h, name, len(content))
		h.Write(content)
		return err
	})
	return fmt.Sprintf("%x", h.Sum(nil))[:12], err
}

// uses tells whether a file is a source of the part; tests are only when it has a test binary.
func (p Part) uses(path string) bool {
	if strings.HasSuffix(path, "_test.go") {
		return len(p.Tests) > 0
	}
	return slices.Contains([]string{".go", ".mod", ".sum", ".txt", ".sh", ".c"}, filepath.Ext(path)) && filepath.Base(path) != "cases.txt"
}
