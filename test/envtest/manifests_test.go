package envtest

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// apply creates all that the folders of config hold, as an administrator.
func apply(ctx SpecContext, folders ...string) {
	GinkgoHelper()
	for _, folder := range folders {
		for _, object := range objects(folder) {
			Expect(api.Create(ctx, &object)).To(Succeed(), "%s %s", object.GetKind(), object.GetName())
		}
	}
}

// objects reads a folder of config. Kustomizations are left out: they have no name.
func objects(folder string) (found []unstructured.Unstructured) {
	GinkgoHelper()
	files, err := filepath.Glob(filepath.Join(manifests(folder), "*.yaml"))
	Expect(err).NotTo(HaveOccurred())
	Expect(files).NotTo(BeEmpty(), folder)
	for _, file := range files {
		text, err := os.ReadFile(file)
		Expect(err).NotTo(HaveOccurred())
		for decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096); ; {
			var object unstructured.Unstructured
			if err := decoder.Decode(&object.Object); errors.Is(err, io.EOF) {
				break
			} else {
				Expect(err).NotTo(HaveOccurred(), file)
			}
			if object.GetName() != "" {
				found = append(found, object)
			}
		}
	}
	return found
}

// object reads YAML.
func object(text string) *unstructured.Unstructured {
	GinkgoHelper()
	out := &unstructured.Unstructured{}
	Expect(yaml.Unmarshal([]byte(text), &out.Object)).To(Succeed())
	return out
}
