package e2e

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestE2E(t *testing.T) {
	RegisterFailHandler(Fail)
	SetDefaultEventuallyTimeout(time.Minute)
	SetDefaultEventuallyPollingInterval(500 * time.Millisecond)
	RunSpecs(t, "end to end")
}

// Where specs run side by side, the first process prepares the cluster for all.
var _ = SynchronizedBeforeSuite(func() {
	Expect(os.Getenv("KUBECONFIG")).NotTo(BeEmpty(), `point KUBECONFIG at the test bed: eval "$(bin/testbed env)"`)
	testbed("load-image", "echo", "envoy", "nft")
	must("", "go", "build", "-o", "../../bin/", "../../cmd/kubectl-weft")
	installWeft()
}, func() {})

// installWeft installs the operator from the manifests and makes a Mesh. It does nothing that is done already.
func installWeft() {
	GinkgoHelper()
	for _, image := range []string{"operator.tar", "agent.tar"} {
		path, err := filepath.Abs(filepath.Join("../../dist", image))
		Expect(err).NotTo(HaveOccurred())
		Expect(path).To(BeAnExistingFile(), "build the images first: make images")
		testbed("load-image", path)
	}
	manifest := must("", "kubectl", "kustomize", "../../config/default")
	must(manifest, "kubectl", "apply", "--server-side", "--force-conflicts", "--filename=-")
	rolledOut("weft-system", "weft-operator")
	applyFile("default", "mesh.yaml")
	kubectl("wait", "mesh/default", "--for=condition=Ready", "--timeout=60s")
}

// newMeshNamespace makes a namespace that has joined the mesh, ready for pods.
func newMeshNamespace() string {
	GinkgoHelper()
	name := newNamespace()
	kubectl("label", "namespace", name, "weft.dev/mesh=default")
	kubectl("wait", "--namespace="+name, "--for=create", "configmap/weft-trust", "--timeout=30s")
	return name
}

// weft calls the kubectl plugin.
func weft(args ...string) string {
	GinkgoHelper()
	path, err := filepath.Abs("../../bin/kubectl-weft")
	Expect(err).NotTo(HaveOccurred())
	return must("", path, args...)
}
