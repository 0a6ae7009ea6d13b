package rules

import (
	"fmt"
	"slices"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/crdify/pkg/config"
	"sigs.k8s.io/crdify/pkg/runner"
	"sigs.k8s.io/crdify/pkg/validations"
	"sigs.k8s.io/crdify/pkg/validations/property"
)

// gate is set as OLM sets it: everything is refused that is not known to be safe. A new description and a new
// value of an existing enum are safe.
var gate = config.Config{
	UnhandledEnforcement: config.EnforcementPolicyError,
	Conversion:           config.ConversionPolicyIgnore,
	Validations: []config.ValidationConfig{
		{Name: "description", Enforcement: config.EnforcementPolicyNone},
		{
			Name:          "enum",
			Enforcement:   config.EnforcementPolicyError,
			Configuration: map[string]any{"additionPolicy": property.AdditionPolicyAllow},
		},
	},
}

// unsafeChanges says, sorted, what an upgrade from one CRD to the other would be refused for.
func unsafeChanges(old, current *apiextensionsv1.CustomResourceDefinition) []string {
	if noSchema(old) || noSchema(current) {
		return []string{"a version has no schema"}
	}
	checks, err := runner.New(&gate, runner.DefaultRegistry())
	if err != nil {
		return []string{"the comparison could not start: " + err.Error()}
	}
	results := checks.Run(withStoredVersions(old), current)
	found := lines("", results.CRDValidation)
	for _, versions := range slices.Concat(results.SameVersionValidation, results.ServedVersionValidation) {
		for _, prop := range versions.PropertyComparisons {
			found = append(found, lines(versions.Version+" "+prop.Property+": ", prop.ComparisonResults)...)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func lines(prefix string, results []validations.ComparisonResult) []string {
	var out []string
	for _, result := range results {
		for _, problem := range result.Errors {
			out = append(out, fmt.Sprintf("%s%s: %s", prefix, result.Name, strings.Join(strings.Fields(problem), " ")))
		}
	}
	return out
}

// withStoredVersions adds what a cluster would report after a release: objects are stored in its storage version.
func withStoredVersions(crd *apiextensionsv1.CustomResourceDefinition) *apiextensionsv1.CustomResourceDefinition {
	out := crd.DeepCopy()
	for _, version := range crd.Spec.Versions {
		if version.Storage && !slices.Contains(out.Status.StoredVersions, version.Name) {
			out.Status.StoredVersions = append(out.Status.StoredVersions, version.Name)
		}
	}
	return out
}

func noSchema(crd *apiextensionsv1.CustomResourceDefinition) bool {
	return slices.ContainsFunc(crd.Spec.Versions, func(v apiextensionsv1.CustomResourceDefinitionVersion) bool {
		return v.Schema == nil || v.Schema.OpenAPIV3Schema == nil
	})
}
