package envtest

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

const reservedMessage = "this release does not implement this field; remove it"

// claims is a list without a maximum in a schema of Kubernetes. A rule refuses it.
const claims = "spec.injection.resources.claims"

// node is one place in a schema. An element of an array has the step "[]", a value of a map "{}".
type node struct {
	path   []string
	schema apiextensions.JSONSchemaProps
}

func (n node) String() string { return strings.ReplaceAll(strings.Join(n.path, "."), ".[]", "[]") }

// field is the path as an error names it when it is in a sample.
func (n node) field() string { return strings.NewReplacer("[]", "[0]", "{}", key).Replace(n.String()) }

func (n node) reserved() bool {
	return slices.ContainsFunc(n.schema.XValidations, func(r apiextensions.ValidationRule) bool {
		return r.Message == reservedMessage
	})
}

// schemas reads the CRDs of config, by kind. Specs are generated from it, so it runs before the API server does.
func schemas() map[string][]node {
	files, err := filepath.Glob(filepath.Join(manifests("crd"), "weft.dev_*.yaml"))
	if err != nil {
		panic(err)
	}
	found := map[string][]node{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			panic(err)
		}
		var crd apiextensions.CustomResourceDefinition
		if err := yaml.UnmarshalStrict(text, &crd); err != nil {
			panic(err)
		}
		found[crd.Spec.Names.Kind] = walk(nil, *crd.Spec.Versions[0].Schema.OpenAPIV3Schema)
	}
	return found
}

// walk lists a schema and all below it, in one order.
func walk(path []string, schema apiextensions.JSONSchemaProps) []node {
	nodes := []node{{path, schema}}
	below := func(step string, schema apiextensions.JSONSchemaProps) {
		nodes = append(nodes, walk(append(slices.Clone(path), step), schema)...)
	}
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		below(name, schema.Properties[name])
	}
	if schema.Items != nil {
		below("[]", *schema.Items.Schema)
	}
	if schema.AdditionalProperties != nil && schema.AdditionalProperties.Schema != nil {
		below("{}", *schema.AdditionalProperties.Schema)
	}
	return nodes
}

var _ = Describe("the schemas", func() {
	all := schemas()
	for _, kind := range slices.Sorted(maps.Keys(all)) {
		nodes := all[kind]
		It("bound every list of a "+kind, func() {
			var lists int
			for _, n := range nodes {
				if n.schema.Type != "array" {
					continue
				}
				lists++
				if n.String() != claims {
					Expect(n.schema.MaxItems).NotTo(BeNil(), "%s %s has no maximum", kind, n)
				}
			}
			Expect(lists).To(BeNumerically(">", 1))
		})

		It("have no default that would stay for ever in a "+kind, func() {
			for _, n := range nodes {
				Expect(n.schema.Default).To(BeNil(), "%s %s", kind, n)
			}
		})
	}
})
