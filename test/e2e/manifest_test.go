package e2e

import (
	"os"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func apply(namespace, manifest string) {
	GinkgoHelper()
	must(manifest, "kubectl", "apply", "--namespace="+namespace, "--filename=-")
}

// applyFile applies a manifest of testdata.
func applyFile(namespace, file string) {
	GinkgoHelper()
	apply(namespace, testdata(file))
}

// filled is a manifest of testdata with its variables filled in. IMAGE is the example application.
func filled(file string, values map[string]string) string {
	GinkgoHelper()
	return os.Expand(testdata(file), func(name string) string {
		if name == "IMAGE" {
			return bookstoreImage
		}
		value, found := values[name]
		Expect(found).To(BeTrue(), "%s has the variable %s", file, name)
		return value
	})
}

func testdata(file string) string {
	GinkgoHelper()
	content, err := os.ReadFile(filepath.Join("testdata", file))
	Expect(err).NotTo(HaveOccurred())
	return string(content)
}
