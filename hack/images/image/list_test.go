package image

import (
	"archive/tar"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

func TestEntries(t *testing.T) {
	dir := t.TempDir()
	if err := errors.Join(
		os.Chmod(dir, 0o755),
		os.Mkdir(filepath.Join(dir, "sub"), 0o700),
		os.WriteFile(filepath.Join(dir, "sub", "run"), []byte("run"), 0o755),
		os.Symlink("sub/run", filepath.Join(dir, "short")),
	); err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		reason string
		files  []File
		want   []string
	}{
		"parents": {
			reason: "directories on the way to a file are added, each once and before what it holds",
			files:  []File{{Path: "/a/b/two", Content: []byte("2")}, {Path: "/a/b/one", Content: []byte("1")}},
			want:   []string{"drwxr-xr-x a/", "drwxr-xr-x a/b/", "-rw-r--r-- a/b/one", "-rw-r--r-- a/b/two"},
		},
		"directory": {
			reason: "a directory that is named keeps its mode and its sticky bit",
			files:  []File{{Path: "/tmp/", Mode: os.ModeDir | os.ModeSticky | 0o777}},
			want:   []string{"dtrwxrwxrwx tmp/"},
		},
		"link": {
			reason: "a link keeps its target as written",
			files:  []File{{Path: "/sh", Link: "busybox"}},
			want:   []string{"Lrwxrwxrwx sh -> busybox"},
		},
		"tree": {
			reason: "a directory is copied with modes and links",
			files:  []File{{Path: "/t", Source: dir}},
			want:   []string{"drwxr-xr-x t/", "Lrwxrwxrwx t/short -> sub/run", "drwx------ t/sub/", "-rwxr-xr-x t/sub/run"},
		},
		"root": {
			reason: "a whole root can be copied; the root itself is no entry",
			files:  []File{{Path: "/", Source: filepath.Join(dir, "sub")}},
			want:   []string{"-rwxr-xr-x run"},
		},
		"followed": {
			reason: "a source that is a link is copied as what it points to",
			files:  []File{{Path: "/run", Source: filepath.Join(dir, "short"), Mode: 0o555}},
			want:   []string{"-r-xr-xr-x run"},
		},
		"same twice": {
			reason: "two programs may bring the same library",
			files:  []File{{Path: "/x", Content: []byte("x")}, {Path: "/x", Content: []byte("x")}},
			want:   []string{"-rw-r--r-- x"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, entries(t, mustBuild(t, Spec{Files: c.files}))); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.reason, diff)
			}
		})
	}
}

func TestEntriesRefused(t *testing.T) {
	cases := map[string][]File{
		"not absolute":            {{Path: "x", Content: []byte("x")}},
		"exactly one":             {{Path: "/x", Content: []byte("x"), Link: "y"}},
		"or none for a directory": {{Path: "/x"}},
		"no such file":            {{Path: "/x", Source: filepath.Join(t.TempDir(), "absent")}},
		"neither a file":          {{Path: "/x", Source: os.DevNull}},
		"named twice":             {{Path: "/x", Content: []byte("1")}, {Path: "/x", Content: []byte("2")}},
		"is not a directory":      {{Path: "/x", Link: "y"}, {Path: "/x/z", Content: []byte("z")}},
	}
	for want, files := range cases {
		t.Run(want, func(t *testing.T) {
			_, err := Build(Spec{Ref: "weft.local/test:1", Files: files})
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), files[0].Path) {
				t.Errorf("got error %v, want one that names the file and says %q", err, want)
			}
		})
	}
}

// entries reads the last layer of an image, one line for each entry: mode, name and link target.
func entries(t *testing.T, img v1.Image) []string {
	t.Helper()
	layers, err := img.Layers()
	if err != nil {
		t.Fatal(err)
	}
	layer, err := layers[len(layers)-1].Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	defer layer.Close()
	var lines []string
	for r := tar.NewReader(layer); ; {
		h, err := r.Next()
		if err == io.EOF {
			return lines
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Uid != 0 || h.Gid != 0 || !h.ModTime.Equal(epoch) {
			t.Errorf("%s: owner %d:%d, time %s; want root and the epoch", h.Name, h.Uid, h.Gid, h.ModTime)
		}
		line := h.FileInfo().Mode().String() + " " + h.Name
		if h.Linkname != "" {
			line += " -> " + h.Linkname
		}
		lines = append(lines, line)
	}
}
