package e2e

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("uninstall", Serial, func() {
	It("leaves a plain cluster, with the operator already gone", func() {
		ns := newMeshNamespace()
		applyFile(ns, "pair.yaml")
		applyFile(ns, "policy.yaml")
		rolledOut(ns, "caller")
		rolledOut(ns, "called")
		kubectl("wait", "--namespace="+ns, "policies.weft.dev/called", "--for=condition=Ready", "--timeout=60s")
		Expect(kubectl("get", "networkpolicies", "--namespace="+ns, "--output=name")).NotTo(BeEmpty())

		DeferCleanup(installWeft)
		kubectl("delete", "deployment", "weft-operator", "--namespace=weft-system", "--cascade=foreground")
		weft("uninstall", "--yes")

		By("nothing of ours is left")
		for _, kind := range []string{
			"mutatingwebhookconfigurations", "validatingadmissionpolicies", "validatingadmissionpolicybindings",
			"clusterroles", "clusterrolebindings", "customresourcedefinitions", "namespaces",
		} {
			Expect(kubectl("get", kind, "--output=name")).NotTo(ContainSubstring("weft"), kind)
		}
		Expect(kubectl("get", "networkpolicies,configmaps", "--all-namespaces", "--selector=weft.dev/managed-by", "--output=name")).To(BeEmpty())

		By("its workloads run without sidecars")
		rolledOut(ns, "caller")
		rolledOut(ns, "called")
		Eventually(func() string {
			return kubectl("get", "pods", "--namespace="+ns, "--output=jsonpath={.items[*].spec.initContainers[*].name}")
		}).Should(BeEmpty())
		caller := field(ns, "pods", "app=caller", "{.items[*].metadata.name}")[0]
		Eventually(func() (string, error) { return call(ns, caller, "http://called/") }).Should(ContainSubstring("StatusCode=200"))
	})
})
