package e2e

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// newPages starts the edge, productpage and ratings. It waits until those that may call are answered, and the sidecars of
// the others get no connection.
func newPages() string {
	GinkgoHelper()
	ns := newMeshNamespace()
	applyFile(ns, "pages.yaml")
	ready(ns, "edge", "productpage", "ratings")
	kubectl("wait", "--namespace="+ns, "policies.weft.dev", "--all", "--for=condition=Ready", "--timeout=60s")
	Eventually(ask).WithArguments(ns, "edge", "echo", "http://productpage:9080/").Should(ContainSubstring("StatusCode=200"))
	Eventually(ask).WithArguments(ns, "productpage", "echo", "http://ratings:9080/").Should(ContainSubstring("StatusCode=200"))
	Eventually(ask).WithArguments(ns, "edge", "echo", "http://ratings:9080/").Should(ContainSubstring("StatusCode=503"))
	Eventually(ask).WithArguments(ns, "ratings", "echo", "http://productpage:9080/").Should(ContainSubstring("StatusCode=503"))
	return ns
}

// intrude starts a container in a pod that runs as the proxy's user, whose traffic is not redirected.
func intrude(namespace, pod string) {
	GinkgoHelper()
	kubectl("debug", "pod/"+pod, "--namespace="+namespace, "--container=intruder", "--image=testbed.local/echo:1",
		"--image-pull-policy=Never", "--profile=general", "--custom=testdata/intruder.json",
		"--arguments-only", "--", "--port=18080", "--grpc=17070", "--tcp=19090")
	kubectl("wait", "pod/"+pod, "--namespace="+namespace, "--timeout=30s",
		`--for=jsonpath={.status.ephemeralContainerStatuses[?(@.name=="intruder")].state.running}`)
}

// flush takes all packet rules out of a pod, as somebody with the right to change them could.
func flush(namespace, pod string) { nft(namespace, pod, "flush ruleset") }

// nft changes the packet rules of a pod, once.
func nft(namespace, pod, commands string) {
	GinkgoHelper()
	kubectl("debug", "pod/"+pod, "--namespace="+namespace, "--container=nft", "--image=testbed.local/nft:1",
		"--image-pull-policy=Never", "--profile=netadmin", "--arguments-only", "--", commands)
	kubectl("wait", "pod/"+pod, "--namespace="+namespace, "--timeout=30s",
		`--for=jsonpath={.status.ephemeralContainerStatuses[?(@.name=="nft")].state.terminated.reason}=Completed`)
}

// ask sends one request from a container and returns what the client said, be it an answer or an error.
func ask(namespace, pod, container, url string) string {
	out, _ := run("", "kubectl", "exec", "--namespace="+namespace, pod, "--container="+container, "--",
		"client", "--count=1", "--timeout=3s", url)
	return out
}

// withoutNetworkPolicies deletes those of a namespace, and has the API server refuse new ones until they are restored.
func withoutNetworkPolicies(namespace string) (restore func()) {
	GinkgoHelper()
	kubectl("create", "quota", "none", "--namespace="+namespace, "--hard=count/networkpolicies.networking.k8s.io=0")
	kubectl("wait", "quota/none", "--namespace="+namespace, "--for=jsonpath={.status.used}", "--timeout=30s")
	Expect(generated(namespace)).NotTo(BeEmpty())
	kubectl("delete", "networkpolicies", "--namespace="+namespace, "--all")
	return func() { kubectl("delete", "quota", "none", "--namespace="+namespace) }
}

func ready(namespace string, pods ...string) {
	GinkgoHelper()
	for _, pod := range pods {
		kubectl("wait", "pod/"+pod, "--namespace="+namespace, "--for=condition=Ready", "--timeout=60s")
	}
}

func podIP(namespace, pod string) string {
	GinkgoHelper()
	return kubectl("get", "pod", pod, "--namespace="+namespace, "--output=jsonpath={.status.podIP}")
}
