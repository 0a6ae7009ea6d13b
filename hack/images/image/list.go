package image

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"reflect"
	"slices"
)

// list returns the entries of a layer in the order of their paths, so that a directory comes before what it holds.
// A path may be named twice only for the same thing.
func list(files []File, addParents bool) ([]File, error) {
	byPath := map[string]File{}
	for _, f := range files {
		entries, err := f.expand()
		if err != nil {
			return nil, fmt.Errorf("file %s: %w", f.Path, err)
		}
		for _, e := range entries {
			if other, ok := byPath[e.Path]; ok && !reflect.DeepEqual(other, e) {
				return nil, fmt.Errorf("file %s: named twice and not the same", e.Path)
			}
			byPath[e.Path] = e
		}
	}
	parents, err := missing(byPath)
	if err != nil {
		return nil, err
	}
	if addParents {
		maps.Copy(byPath, parents)
	}
	delete(byPath, "/")
	sorted := make([]File, 0, len(byPath))
	for _, p := range slices.Sorted(maps.Keys(byPath)) {
		sorted = append(sorted, byPath[p])
	}
	return sorted, nil
}

// missing returns the parent directories that the entries need and do not name.
func missing(byPath map[string]File) (map[string]File, error) {
	parents := map[string]File{}
	for p := range byPath {
		for dir := path.Dir(p); dir != "/"; dir = path.Dir(dir) {
			named, ok := byPath[dir]
			if ok && !named.Mode.IsDir() {
				return nil, fmt.Errorf("file %s: its parent %s is not a directory", p, dir)
			}
			if !ok {
				parents[dir] = File{Path: dir, Mode: fs.ModeDir | 0o755}
			}
		}
	}
	return parents, nil
}
