package envtest

import (
	"os"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	gateway "sigs.k8s.io/gateway-api/apis/v1"
)

var (
	config *rest.Config
	api    client.Client
)

func TestEnvtest(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "API server")
}

var _ = BeforeSuite(func() {
	Expect(os.Getenv("KUBEBUILDER_ASSETS")).NotTo(BeEmpty(), `name the binaries: eval "$(bin/testbed env --assets)"`)
	environment := &envtest.Environment{
		CRDDirectoryPaths:     []string{gatewayCRDs()},
		ErrorIfCRDPathMissing: true,
	}
	// Nobody uses this address (RFC 5737). Without it the API server wants that of a default route, and a machine
	// without a network has none.
	environment.ControlPlane.GetAPIServer().Configure().Set("advertise-address", "192.0.2.1")
	var err error
	config, err = environment.Start()
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(environment.Stop)

	api, err = client.New(config, client.Options{})
	Expect(err).NotTo(HaveOccurred())
	Expect(gateway.Install(api.Scheme())).To(Succeed())
})
