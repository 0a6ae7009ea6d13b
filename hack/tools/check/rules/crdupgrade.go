package rules

import (
	"fmt"
	"slices"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

const (
	currentCRDs  = "config/crd"
	releasedCRDs = "config/crd-released"
)

// CRDUpgrade compares the CRDs with those of the last release. OLM refuses an upgrade that could break an object
// already stored in a cluster, so the same comparison is made here, before a release.
func CRDUpgrade(files Files) Result {
	result := Result{Rule: "CRD upgrade safety"}
	released, bad := readCRDs(files, releasedCRDs)
	result.Findings = append(result.Findings, bad...)
	current, bad := readCRDs(files, currentCRDs)
	result.Findings = append(result.Findings, bad...)

	result.Looked = fmt.Sprintf("%d CRDs compared with the last release", len(released))
	if len(released) == 0 {
		result.Looked = "no release yet: 0 CRDs compared"
	}
	for _, old := range released {
		i := slices.IndexFunc(current, func(c crdFile) bool { return c.crd.Name == old.crd.Name })
		if i < 0 {
			result.Findings = append(result.Findings, Finding{File: old.file, Line: 1, Fix: "a released CRD must stay: " + old.crd.Name})
			continue
		}
		for _, change := range unsafeChanges(old.crd, current[i].crd) {
			result.Findings = append(result.Findings, Finding{File: current[i].file, Line: 1, Fix: "take this change back: " + change})
		}
	}
	return result
}

type crdFile struct {
	file string
	crd  *apiextensionsv1.CustomResourceDefinition
}

func readCRDs(files Files, folder string) (crds []crdFile, bad []Finding) {
	for name, text := range files.under(folder) {
		if !strings.HasSuffix(name, ".yaml") {
			continue
		}
		crd := &apiextensionsv1.CustomResourceDefinition{}
		if err := yaml.Unmarshal([]byte(text), crd); err != nil {
			bad = append(bad, Finding{File: name, Line: 1, Fix: "make it parse: " + err.Error()})
			continue
		}
		if crd.Kind == "CustomResourceDefinition" {
			crds = append(crds, crdFile{file: name, crd: crd})
		}
	}
	return crds, bad
}
