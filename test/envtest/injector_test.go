package envtest

import (
	"crypto/tls"
	"fmt"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"
	admissionregistration "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/inject"
	"github.com/weft-mesh/weft/webhook"
	"github.com/weft-mesh/weft/webhook/certificate"
)

// webhookNames are what the certificate is for. The operator's Service has no address here, so the webhook's
// configuration says localhost.
var webhookNames = []string{"localhost"}

// injector is the operator's webhook: the real handler behind the real certificate, on a port of this machine.
type injector struct {
	certificate certificate.Server
	address     string
	server      *http.Server
	handler     http.Handler

	mutex sync.Mutex
	asked map[string]int // by the path that was asked
}

// newInjector serves the pods of all namespaces but "lonely", whose mesh does not exist.
func newInjector() *injector {
	GinkgoHelper()
	settings := func(namespace string) (inject.Settings, bool) {
		return inject.Settings{
			AgentImage:      "example.com/weft/agent:1",
			OperatorAddress: "weft-operator.weft-system.svc:15010",
			OperatorName:    "weft-operator.weft-system.svc",
			DrainSeconds:    5,
		}, namespace != "lonely"
	}
	real, err := webhook.NewInjector(settings, prometheus.NewRegistry())
	Expect(err).NotTo(HaveOccurred())
	i := &injector{address: "localhost:0", handler: real.Handler(), asked: map[string]int{}}
	i.start()
	DeferCleanup(i.stop)
	return i
}

// start listens. Every question comes over a connection of its own, so that each one checks the certificate.
func (i *injector) start() {
	GinkgoHelper()
	listener, err := net.Listen("tcp", i.address)
	Expect(err).NotTo(HaveOccurred())
	i.address = fmt.Sprintf("localhost:%d", listener.Addr().(*net.TCPAddr).Port)
	i.server = &http.Server{Handler: i, ReadHeaderTimeout: time.Minute, ErrorLog: log.New(GinkgoWriter, "", 0)}
	i.server.SetKeepAlivesEnabled(false)
	secure := tls.NewListener(listener, &tls.Config{GetCertificate: i.certificate.GetCertificate})
	go func() { _ = i.server.Serve(secure) }()
}

func (i *injector) stop() { _ = i.server.Close() }

// ServeHTTP counts the question before it is answered.
func (i *injector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.mutex.Lock()
	i.asked[r.URL.Path]++
	i.mutex.Unlock()
	i.handler.ServeHTTP(w, r)
}

// count is how often a path was asked.
func (i *injector) count(path string) int {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	return i.asked[path]
}

// configure writes the operator's own configuration, with an address that the API server can reach. The path tells one
// version of the configuration from the next.
func (i *injector) configure(ctx SpecContext, bundle []byte, path string) {
	GinkgoHelper()
	want := webhook.Configuration(webhook.Install{
		Namespace: operatorNamespace, Service: "weft-operator", Port: 443, CABundle: bundle,
		Owner: metav1.OwnerReference{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "ClusterRole", Name: "weft-controller", UID: "1"},
	})
	Expect(applied(ctx, want, client.DryRunAll)).To(Succeed(), "the configuration as the operator applies it")
	want.Webhooks = want.Webhooks[:1]
	want.Webhooks[0].ClientConfig.Service = nil
	want.Webhooks[0].ClientConfig.URL = new("https://" + i.address + path)
	Expect(applied(ctx, want)).To(Succeed())
}

func applied(ctx SpecContext, want client.Object, options ...client.ApplyOption) error {
	GinkgoHelper()
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(want)
	Expect(err).NotTo(HaveOccurred())
	options = append(options, client.ForceOwnership, client.FieldOwner(v1alpha1.FieldManager))
	return api.Apply(ctx, client.ApplyConfigurationFromUnstructured(&unstructured.Unstructured{Object: content}), options...)
}

// install makes a certificate and the configuration, and waits until the API server asks in namespace.
func (i *injector) install(ctx SpecContext, namespace string) {
	GinkgoHelper()
	data, bundle, err := certificate.Next(nil, webhookNames, time.Now(), false)
	Expect(err).NotTo(HaveOccurred())
	Expect(i.certificate.SetSecret(data)).To(Succeed())
	DeferCleanup(uninstall, namespace)
	i.configure(ctx, bundle, webhook.Path)
	Eventually(func() bool { return injected(try(ctx, pod(namespace, "probe"))) }).Should(BeTrue())
}

// uninstall takes the configuration away and waits until pods of namespace come as they are.
func uninstall(ctx SpecContext, namespace string) {
	GinkgoHelper()
	gone := &admissionregistration.MutatingWebhookConfiguration{ObjectMeta: metav1.ObjectMeta{Name: webhook.ConfigurationName}}
	Expect(api.Delete(ctx, gone)).To(Succeed())
	Eventually(func(g Gomega) {
		created, err := try(ctx, pod(namespace, "probe"))
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(injected(created, err)).To(BeFalse())
	}).Should(Succeed())
}

// pod is one as a user writes it, of the account cart.
func pod(namespace, name string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec:       corev1.PodSpec{ServiceAccountName: "cart", Containers: []corev1.Container{{Name: "app", Image: "example.com/cart:1"}}},
	}
}

// try creates a pod without keeping it.
func try(ctx SpecContext, pod *corev1.Pod) (*corev1.Pod, error) {
	err := api.Create(ctx, pod, client.DryRunAll)
	return pod, err
}

// injected says whether a pod came out with a sidecar that starts before the application.
func injected(pod *corev1.Pod, err error) bool {
	if err != nil {
		return false
	}
	for _, c := range pod.Spec.InitContainers {
		if c.Name == v1alpha1.ContainerProxy {
			return c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
		}
	}
	return false
}
