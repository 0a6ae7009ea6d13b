// Package repo reads the files that git knows or would add.
package repo

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/weft-mesh/weft/hack/tools/check/rules"
)

// Read returns the text files of the work tree at root.
func Read(root string) (rules.Files, error) {
	list := exec.Command("git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("list files with git: %w", err)
	}
	files := rules.Files{}
	for name := range strings.SplitSeq(strings.TrimRight(string(out), "\x00"), "\x00") {
		data, err := os.ReadFile(filepath.Join(root, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted, not yet committed
		}
		if err != nil {
			return nil, err
		}
		if !binary(data) {
			files[name] = string(data)
		}
	}
	return files, nil
}

// binary asks what git asks: is there a zero byte near the start?
func binary(data []byte) bool {
	return bytes.IndexByte(data[:min(len(data), 8000)], 0) >= 0
}
