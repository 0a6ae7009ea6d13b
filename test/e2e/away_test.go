package e2e

import (
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("while the operator is away", Serial, func() {
	It("an Envoy that is killed comes back with its configuration [D19]", func() {
		ns := newMeshNamespace()
		applyFile(ns, "pair.yaml")
		rolledOut(ns, "caller")
		rolledOut(ns, "called")
		caller := field(ns, "pods", "app=caller", "{.items[*].metadata.name}")[0]
		called := field(ns, "pods", "app=called", "{.items[*].metadata.name}")[0]
		Eventually(func() (string, error) { return call(ns, caller, "http://called/") }).Should(ContainSubstring("StatusCode=200"))

		kubectl("scale", "--namespace=weft-system", "deployment/weft-operator", "--replicas=0")
		DeferCleanup(func() {
			kubectl("scale", "--namespace=weft-system", "deployment/weft-operator", "--replicas=2")
			rolledOut("weft-system", "weft-operator")
		})
		kubectl("wait", "--namespace=weft-system", "--for=delete", "pods", "--selector=app.kubernetes.io/name=weft-operator", "--timeout=60s")

		By("traffic goes on without it")
		Expect(call(ns, caller, "http://called/")).To(ContainSubstring("StatusCode=200"))

		By("killing both Envoys")
		for _, pod := range []string{caller, called} {
			before := envoyPID(ns, pod)
			Expect(before).NotTo(BeEmpty())
			onNodeOf(ns, pod, "kill -KILL "+before)
			Eventually(func() string { return envoyPID(ns, pod) }).ShouldNot(Or(BeEmpty(), Equal(before)), "the Envoy of %s", pod)
		}
		Eventually(func() (string, error) { return call(ns, caller, "http://called/") }, "10s").Should(ContainSubstring("StatusCode=200"))

		By("a caller without identity is still refused")
		plain := newNamespace()
		applyFile(plain, "pair.yaml")
		rolledOut(plain, "caller")
		outside := field(plain, "pods", "app=caller", "{.items[*].metadata.name}")[0]
		out, err := call(plain, outside, "http://called."+ns+"/")
		Expect(err).To(HaveOccurred(), out)
	})
})

// envoyPID is the process of the pod's Envoy on its node. The agent beside it is another one.
func envoyPID(namespace, pod string) string {
	GinkgoHelper()
	uid := kubectl("get", "pod", pod, "--namespace="+namespace, "--output=jsonpath={.metadata.uid}")
	return onNodeOf(namespace, pod, "for p in $(pgrep -x envoy); do grep -qs "+uid+" /proc/$p/cgroup && echo $p; done; true")
}

// onNodeOf runs a script on the node of a pod.
func onNodeOf(namespace, pod, script string) string {
	GinkgoHelper()
	return onNode(nodeOf(namespace, pod), script)
}

func nodeOf(namespace, pod string) string {
	GinkgoHelper()
	return kubectl("get", "pod", pod, "--namespace="+namespace, "--output=jsonpath={.spec.nodeName}")
}

func onNode(node, script string) string {
	GinkgoHelper()
	path, err := filepath.Abs("../../bin/testbed")
	Expect(err).NotTo(HaveOccurred())
	return must("", path, "exec", "--node="+node, "--", "sh", "-c", script)
}
