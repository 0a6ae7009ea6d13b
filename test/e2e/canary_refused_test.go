package e2e

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("a Canary that can't be honoured", Ordered, func() {
	var ns string
	BeforeAll(func() {
		loadBookstore()
		ns = newMeshNamespace()
		applyCanary(ns, "version.yaml", map[string]string{"VERSION": "v1", "FAULT": ""})
		applyCanary(ns, "version.yaml", map[string]string{"VERSION": "v2", "FAULT": ""})
		applyCanary(ns, "shop.yaml", nil)
		kubectl("delete", "deployment", "load", "ratings", "--namespace="+ns)
		for _, name := range []string{"frontend", "reviews-v1", "reviews-v2"} {
			rolledOut(ns, name)
		}
	})

	DescribeTable("is refused, and moves nothing [D12]", func(name, stable, canary, reason string) {
		applyCanary(ns, "selectors.yaml", map[string]string{"NAME": name, "STABLE": stable, "CANARY": canary})
		DeferCleanup(func() { kubectl("delete", "canary", name, "--namespace="+ns) })
		expectRefused(ns, name, reason)
		Expect(splitsOf(ns, "frontend", "reviews")).To(BeEmpty())
	},
		Entry("the selectors are equal", "equal", "app: reviews", "app: reviews", "SameSelector"),
		Entry("one is a part of the other", "part", "app: reviews", "version: v2", "SelectorsOverlap"),
		Entry("there is no label for the old version", "no-old", "", "version: v2", "EmptySelector"),
		Entry("there is no label for the new version", "no-new", "version: v1", "", "EmptySelector"),
	)

	It("conflicts with an older one for the same Service, and is refused at once where weft is asked", func() {
		older := map[string]string{"NAME": "z-older", "STABLE": "version: v1", "CANARY": "version: none"}
		younger := map[string]string{"NAME": "a-younger", "STABLE": "version: v1", "CANARY": "version: v2"}
		applyCanary(ns, "selectors.yaml", older)
		kubectl("wait", "canary/z-older", "--namespace="+ns, "--for=condition=Accepted", "--timeout=30s")
		out, err := run(filled("canary/selectors.yaml", younger), "kubectl", "apply", "--namespace="+ns, "--filename=-")
		Expect(err).To(HaveOccurred())
		Expect(out).To(ContainSubstring("spec.service.name: Service reviews has the Canary z-older already"))

		By("making it while the namespace is not of the mesh, so that nobody is asked")
		kubectl("label", "namespace", ns, "weft.dev/mesh-")
		// Ages are whole seconds: wait until the next one is younger by its creation and not by its name.
		created := kubectl("get", "canary", "z-older", "--namespace="+ns, "--output=jsonpath={.metadata.creationTimestamp}")
		Eventually(func() string {
			return kubectl("create", "configmap", "clock", "--namespace="+ns, "--dry-run=server", "--output=jsonpath={.metadata.creationTimestamp}")
		}).ShouldNot(Equal(created))
		applyCanary(ns, "selectors.yaml", younger)
		kubectl("label", "namespace", ns, "weft.dev/mesh=default")
		expectRefused(ns, "a-younger", "Conflict")
		Expect(accepted(ns, "z-older")).To(HavePrefix("True"))
	})
})

// expectRefused waits for the reason and then looks whether any share was given.
func expectRefused(ns, name, reason string) {
	GinkgoHelper()
	Eventually(func() string { return accepted(ns, name) }).WithTimeout(20 * time.Second).Should(Equal("False " + reason))
	Expect(kubectl("get", "canary", name, "--namespace="+ns, "--output=jsonpath={.status.weight.desired}")).To(BeElementOf("", "0"))
}

func accepted(ns, name string) string {
	GinkgoHelper()
	return kubectl("get", "canary", name, "--namespace="+ns,
		`--output=jsonpath={.status.conditions[?(@.type=="Accepted")].status} {.status.conditions[?(@.type=="Accepted")].reason}`)
}
