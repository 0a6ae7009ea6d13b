package e2e

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("injection", func() {
	It("changes the pod of a joined namespace, and nothing else [B05 B07 B08]", func() {
		joined, plain := newMeshNamespace(), newNamespace()
		spec := map[string]string{}
		for _, ns := range []string{joined, plain} {
			applyFile(ns, "pair.yaml")
			rolledOut(ns, "called")
			spec[ns] = kubectl("get", "deployment", "called", "--namespace="+ns, "--output=jsonpath={.spec}")
		}
		By("leaving the Deployment as it was written")
		Expect(spec[joined]).To(Equal(spec[plain]))

		By("adding the proxy to the joined pod only")
		Expect(field(joined, "pods", "app=called", "{.items[*].spec.initContainers[*].name}")).To(ContainElement("weft-proxy"))
		Expect(field(plain, "pods", "app=called", "{.items[*].spec.initContainers[*].name}")).To(BeEmpty())
		Expect(kubectl("get", "pods", "--namespace=kube-system", "--output=jsonpath={.items[*].spec.initContainers[*].name}")).NotTo(ContainSubstring("weft"))

		By("keeping the agent's directory and keys out of the application")
		Expect(field(joined, "pods", "app=called", "{.items[*].spec.containers[*].volumeMounts[*].mountPath}")).NotTo(ContainElement(HavePrefix("/run/weft")))
		Expect(kubectl("get", "secrets", "--namespace="+joined, "--output=name")).To(BeEmpty())

		By("starting the application after the proxy")
		started := field(joined, "pods", "app=called", `{.items[*].status.initContainerStatuses[?(@.name=="weft-proxy")].state.running.startedAt} {.items[*].status.containerStatuses[*].state.running.startedAt}`)
		Expect(started).To(HaveLen(2))
		Expect(started[1] >= started[0]).To(BeTrue(), "started at %v", started)
	})
})
