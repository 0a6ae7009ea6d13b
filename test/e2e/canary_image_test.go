package e2e

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// bookstoreImage has a name of its own: the demo on the same bed keeps what it runs.
const bookstoreImage = "testbed.local/bookstore:e2e"

// loadBookstore builds the example application and loads it as an image of one layer with one file.
func loadBookstore() {
	GinkgoHelper()
	work := GinkgoT().TempDir()
	binary := filepath.Join(work, "bookstore")
	must("", "env", "CGO_ENABLED=0", "GOOS=linux", "go", "build", "-C", "../../examples/bookstore",
		"-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", binary, ".")
	program, err := os.ReadFile(binary)
	Expect(err).NotTo(HaveOccurred())
	archive := filepath.Join(work, "bookstore.tar")
	Expect(os.WriteFile(archive, imageArchive(bookstoreImage, "bookstore", program), 0o600)).To(Succeed())
	testbed("load-image", archive)
}

// imageArchive is in the format of `docker save`: a layer, a configuration and a manifest that names both.
func imageArchive(reference, name string, program []byte) []byte {
	GinkgoHelper()
	layer := tarOf(tarFile{name, 0o755, program})
	sum := sha256.Sum256(layer)
	config := asJSON(map[string]any{
		"architecture": runtime.GOARCH,
		"os":           "linux",
		"config":       map[string]any{"Entrypoint": []string{"/" + name}, "User": "65532:65532"},
		"rootfs":       map[string]any{"type": "layers", "diff_ids": []string{"sha256:" + hex.EncodeToString(sum[:])}},
	})
	manifest := asJSON([]map[string]any{{
		"Config": "config.json", "RepoTags": []string{reference}, "Layers": []string{"layer.tar"},
	}})
	return tarOf(tarFile{"manifest.json", 0o644, manifest}, tarFile{"config.json", 0o644, config}, tarFile{"layer.tar", 0o644, layer})
}

type tarFile struct {
	name    string
	mode    int64
	content []byte
}

func tarOf(files ...tarFile) []byte {
	GinkgoHelper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		Expect(w.WriteHeader(&tar.Header{Name: f.name, Mode: f.mode, Size: int64(len(f.content))})).To(Succeed())
		_, err := w.Write(f.content)
		Expect(err).NotTo(HaveOccurred())
	}
	Expect(w.Close()).To(Succeed())
	return b.Bytes()
}

func asJSON(v any) []byte {
	GinkgoHelper()
	text, err := json.Marshal(v)
	Expect(err).NotTo(HaveOccurred())
	return text
}
