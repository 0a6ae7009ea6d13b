package crash

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// stopValidating makes the API server take every object of ours and every HTTPRoute whose fields have the right types:
// rules, enums, patterns, limits and required fields are left out of the CRDs. The test's end brings them back.
func stopValidating(t *testing.T) {
	t.Helper()
	ours := filepath.Join(root, "config", "crd")
	route := routeCRD(t, "httproutes")
	loose := envtest.CRDInstallOptions{Paths: []string{ours, route}}
	if err := envtest.ReadCRDFiles(&loose); err != nil {
		t.Fatal(err)
	}
	loose.Paths = nil
	for _, crd := range loose.CRDs {
		for i := range crd.Spec.Versions {
			loosen(crd.Spec.Versions[i].Schema.OpenAPIV3Schema)
		}
	}
	install(t, loose)
	t.Cleanup(func() {
		withdrawRoutes(t)
		install(t, envtest.CRDInstallOptions{Paths: []string{ours}})
	})
}

func install(t *testing.T, options envtest.CRDInstallOptions) {
	t.Helper()
	if _, err := envtest.InstallCRDs(config, options); err != nil {
		t.Fatal(err)
	}
}

// withdrawRoutes returns when the API server knows no HTTPRoute and no GRPCRoute, and has none. It may run when the test has
// ended.
func withdrawRoutes(t *testing.T) {
	t.Helper()
	for _, plural := range []string{"httproutes", "grpcroutes"} {
		crd := &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Name: plural + ".gateway.networking.k8s.io"}}
		crd.SetGroupVersionKind(apiextensions.SchemeGroupVersion.WithKind("CustomResourceDefinition"))
		NewWithT(t).Eventually(func() bool {
			return apierrors.IsNotFound(api.Delete(context.Background(), crd))
		}, patience, interval).Should(BeTrue(), "the CRD of %s to be gone", plural)
	}
}

// routeCRD is the file of that of a kind of routes, by its plural.
func routeCRD(t *testing.T, plural string) string {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/gateway-api").Output()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(strings.TrimSpace(string(dir)), "config", "crd", "standard", "gateway.networking.k8s.io_"+plural+".yaml")
}

// loosen leaves types, and what merging needs.
func loosen(s *apiextensions.JSONSchemaProps) {
	s.XValidations, s.Enum, s.Pattern, s.Format, s.Required = nil, nil, "", "", nil
	s.Minimum, s.Maximum, s.MinLength, s.MaxLength = nil, nil, nil, nil
	s.MinItems, s.MaxItems, s.MinProperties, s.MaxProperties = nil, nil, nil, nil
	s.OneOf, s.AllOf, s.Not = nil, nil, nil
	if s.XListType != nil && *s.XListType == "map" {
		s.XListType, s.XListMapKeys = nil, nil // its keys must be required
	}
	for name, below := range s.Properties {
		loosen(&below)
		s.Properties[name] = below
	}
	if s.Items != nil {
		loosen(s.Items.Schema)
	}
	if s.AdditionalProperties != nil && s.AdditionalProperties.Schema != nil {
		loosen(s.AdditionalProperties.Schema)
	}
}
