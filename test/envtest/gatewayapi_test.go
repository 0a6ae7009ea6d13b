package envtest

import (
	"os/exec"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/discovery"
	gateway "sigs.k8s.io/gateway-api/apis/v1"
)

// gatewayCRDs is the standard channel in the module that go.mod requires.
func gatewayCRDs() string {
	GinkgoHelper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/gateway-api").Output()
	Expect(err).NotTo(HaveOccurred())
	return filepath.Join(strings.TrimSpace(string(dir)), "config", "crd", "standard")
}

var _ = Describe("the API server", func() {
	It("is the version that the test bed runs", func() {
		version, err := discovery.NewDiscoveryClientForConfigOrDie(config).ServerVersion()
		Expect(err).NotTo(HaveOccurred())
		Expect(version.GitVersion).To(Equal("v1.37.2"))
	})

	It("takes a route that splits a Service, and names the field of one that it refuses", func(ctx SpecContext) {
		Expect(api.Create(ctx, split("good", 90, 10))).To(Succeed())

		err := api.Create(ctx, split("bad", 90, -10))
		Expect(apierrors.IsInvalid(err)).To(BeTrue(), "%v", err)
		Expect(err).To(MatchError(ContainSubstring("spec.rules[0].backendRefs[1].weight")))
	})
})

// split is a mesh route: its parent is the Service whose callers it concerns.
func split(name string, weights ...int32) *gateway.HTTPRoute {
	core, service, port := gateway.Group(""), gateway.Kind("Service"), gateway.PortNumber(80)
	route := &gateway.HTTPRoute{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "default"}}
	route.Spec.ParentRefs = []gateway.ParentReference{{Group: &core, Kind: &service, Name: "reviews", Port: &port}}
	var backends []gateway.HTTPBackendRef
	for _, weight := range weights {
		var backend gateway.HTTPBackendRef
		backend.Name, backend.Port, backend.Weight = "reviews", &port, &weight
		backends = append(backends, backend)
	}
	route.Spec.Rules = []gateway.HTTPRouteRule{{BackendRefs: backends}}
	return route
}
