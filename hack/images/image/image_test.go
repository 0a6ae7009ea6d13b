package image

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"pgregory.net/rapid"
)

// The same files give the same image: in any order, from any directory, whatever their times.
func TestSameFilesSameImage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		contents := rapid.MapOf(rapid.StringMatching(`[a-c]{1,3}\.txt`), rapid.SliceOf(rapid.Byte())).Draw(t, "contents")
		seed := rapid.Uint64().Draw(t, "order")

		first := digest(t, someSpec(t, contents, 1))
		second := digest(t, someSpec(t, contents, seed))
		if first != second {
			t.Fatalf("digests differ: %s and %s", first, second)
		}
	})
}

// someSpec writes contents into a new directory and makes a Spec of them in an order that seed decides.
func someSpec(t *rapid.T, contents map[string][]byte, seed uint64) Spec {
	dir, err := os.MkdirTemp("", "image-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })

	files := []File{
		{Path: "/copied/tree", Source: dir},
		{Path: "/text", Content: []byte("text")},
		{Path: "/link", Link: "text"},
		{Path: "/tmp", Mode: os.ModeDir | os.ModeSticky | 0o777},
	}
	changed := time.Unix(int64(seed%1_000_000), 0)
	for name, content := range contents {
		source := filepath.Join(dir, name)
		if err := os.WriteFile(source, content, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(source, changed, changed); err != nil {
			t.Fatal(err)
		}
		files = append(files, File{Path: "/copied/alone/" + name, Source: source})
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	order := rand.New(rand.NewPCG(seed, 0))
	order.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
	return Spec{Ref: "weft.local/test:1", Files: files, Labels: map[string]string{"a": "1", "b": "2", "c": "3"}}
}

func digest(t *rapid.T, spec Spec) string {
	img, err := Build(spec)
	if err != nil {
		t.Fatal(err)
	}
	hash, err := img.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return hash.String()
}

func TestBuildFromScratch(t *testing.T) {
	img := mustBuild(t, Spec{
		Files:      []File{{Path: "/bin/tool", Content: []byte("tool"), Mode: 0o755}},
		Entrypoint: []string{"/bin/tool"}, User: "65532:65532", WorkingDir: "/",
		Labels: map[string]string{"name": "tool"},
	})
	config := mustConfig(t, img)
	if got, want := config.Platform().String(), "linux/"+runtime.GOARCH; got != want {
		t.Errorf("platform: got %s, want %s", got, want)
	}
	want := v1.Config{
		Entrypoint: []string{"/bin/tool"}, User: "65532:65532", WorkingDir: "/",
		Labels: map[string]string{"name": "tool"},
	}
	if diff := cmp.Diff(want, config.Config); diff != "" {
		t.Errorf("config (-want +got):\n%s", diff)
	}
}

func TestBuildOnBase(t *testing.T) {
	base := mustBuild(t, Spec{
		Entrypoint: []string{"/base"}, Cmd: []string{"serve"}, Env: []string{"PATH=/bin", "A=base"}, User: "1000",
		Labels: map[string]string{"from": "base", "name": "base"},
	})
	img := mustBuild(t, Spec{
		Base: base, Files: []File{{Path: "/lib/x", Content: []byte("x")}},
		Entrypoint: []string{"/top"}, Env: []string{"A=top"}, Labels: map[string]string{"name": "top"},
	})
	want := v1.Config{
		Entrypoint: []string{"/top"}, Env: []string{"PATH=/bin", "A=top"}, User: "1000",
		Labels: map[string]string{"from": "base", "name": "top"},
	}
	if diff := cmp.Diff(want, mustConfig(t, img).Config); diff != "" {
		t.Errorf("config (-want +got):\n%s", diff)
	}
	// No entry for /lib: it would hide a link that the base may have there.
	if diff := cmp.Diff([]string{"-rw-r--r-- lib/x"}, entries(t, img)); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}

// A source that changes after Build does not change the image.
func TestBuildReadsNow(t *testing.T) {
	source := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(source, []byte("before"), 0o644); err != nil {
		t.Fatal(err)
	}
	img := mustBuild(t, Spec{Files: []File{{Path: "/file", Source: source}}})
	if err := os.Remove(source); err != nil {
		t.Fatal(err)
	}
	if err := Save(filepath.Join(t.TempDir(), "image.tar"), "weft.local/test:1", img); err != nil {
		t.Error(err)
	}
}

func mustBuild(t *testing.T, spec Spec) v1.Image {
	t.Helper()
	img, err := Build(spec)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func mustConfig(t *testing.T, img v1.Image) *v1.ConfigFile {
	t.Helper()
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	return config
}
