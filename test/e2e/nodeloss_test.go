package e2e

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("a lost kubelet", Serial, func() {
	It("makes its node NotReady, its pods move, and it comes back", func() {
		ns := newNamespace()
		applyFile(ns, "impatient.yaml")
		rolledOut(ns, "impatient")
		Expect(field(ns, "pods", "app=impatient", "{.items[*].spec.nodeName}")).To(ConsistOf("n2"))

		testbed("fault", "kill", "kubelet", "--node", "n2")
		DeferCleanup(func() {
			_, _ = run("", "../../bin/testbed", "fault", "restart", "kubelet", "--node", "n2")
			kubectl("wait", "--for=condition=Ready", "node/n2", "--timeout=120s")
			for _, addons := range []string{"kube-system", "cert-manager", "monitoring"} {
				kubectl("wait", "--for=condition=Available", "deployment", "--all", "--namespace="+addons, "--timeout=120s")
			}
		})
		By("reporting the node")
		kubectl("wait", "--for=condition=Ready=Unknown", "node/n2", "--timeout=120s")

		By("evicting the pod and running another on n1")
		Eventually(func() []string {
			return field(ns, "pods", "app=impatient", `{.items[?(@.metadata.deletionTimestamp)].spec.nodeName}`)
		}).Should(ConsistOf("n2"))
		kubectl("wait", "--namespace="+ns, "--for=jsonpath={.status.readyReplicas}=1", "deployment/impatient", "--timeout=120s")
		Expect(field(ns, "pods", "app=impatient", "{.items[*].spec.nodeName}")).To(ContainElement("n1"))

		By("taking the node back")
		testbed("fault", "restart", "kubelet", "--node", "n2")
		kubectl("wait", "--for=condition=Ready", "node/n2", "--timeout=120s")
	})
})
