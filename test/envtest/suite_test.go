package envtest

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	kubernetes "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	gateway "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

const (
	operatorNamespace = "weft-system"
	operatorAccount   = "system:serviceaccount:weft-system:weft-operator"
)

var (
	config *rest.Config
	scheme = runtime.NewScheme()
	// api is an administrator.
	api client.Client
)

func TestEnvtest(t *testing.T) {
	RegisterFailHandler(Fail)
	SetDefaultEventuallyTimeout(time.Minute)
	RunSpecs(t, "API server")
}

var _ = BeforeSuite(func(ctx SpecContext) {
	Expect(os.Getenv("KUBEBUILDER_ASSETS")).NotTo(BeEmpty(), `name the binaries: eval "$(bin/testbed env --assets)"`)
	environment := &envtest.Environment{
		CRDDirectoryPaths:     []string{gatewayCRDs(), manifests("crd")},
		ErrorIfCRDPathMissing: true,
	}
	server := environment.ControlPlane.GetAPIServer().Configure()
	// Nobody uses this address (RFC 5737). Without it the API server wants that of a default route, and a machine
	// without a network has none.
	server.Set("advertise-address", "192.0.2.1")
	// The library turns the plugin ServiceAccount off. It fills in the account that weft-pod-labels compares with.
	server.Disable("disable-admission-plugins")
	var err error
	config, err = environment.Start()
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(environment.Stop)
	config.QPS = -1

	for _, add := range []func(*runtime.Scheme) error{kubernetes.AddToScheme, gateway.Install, v1alpha1.AddToScheme} {
		Expect(add(scheme)).To(Succeed())
	}
	api, err = client.New(config, client.Options{Scheme: scheme})
	Expect(err).NotTo(HaveOccurred())
	namespace(ctx, operatorNamespace, nil)
	// The API server makes its own namespaces, some time after it is ready.
	Eventually(api.Get).WithArguments(ctx, client.ObjectKey{Name: metav1.NamespaceSystem}, &corev1.Namespace{}).Should(Succeed())
	account(ctx, metav1.NamespaceSystem, "default")
	apply(ctx, "admission", "rbac/generated/controller", "rbac/generated/reviewer", "rbac/generated/signer", "rbac")
})

func manifests(folder string) string {
	return filepath.Join("..", "..", "config", filepath.FromSlash(folder))
}

// as is a client for one service account.
func as(username string) client.Client {
	GinkgoHelper()
	impersonated := rest.CopyConfig(config)
	impersonated.Impersonate = rest.ImpersonationConfig{UserName: username, Groups: []string{"system:serviceaccounts", "system:authenticated"}}
	c, err := client.New(impersonated, client.Options{Scheme: scheme})
	Expect(err).NotTo(HaveOccurred())
	return c
}

// namespace makes a namespace with the accounts default and cart: no controller does it here.
func namespace(ctx SpecContext, name string, labels map[string]string) {
	GinkgoHelper()
	Expect(api.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}})).To(Succeed())
	account(ctx, name, "default")
	account(ctx, name, "cart")
}

func account(ctx SpecContext, namespace, name string) {
	GinkgoHelper()
	Expect(api.Create(ctx, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}})).To(Succeed())
}
