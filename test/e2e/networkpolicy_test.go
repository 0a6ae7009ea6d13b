package e2e

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("a NetworkPolicy", func() {
	It("lets the named caller in and keeps the other out, on the same node and across nodes", func() {
		ns := newNamespace()
		applyFile(ns, "callers.yaml")
		for _, name := range []string{"server", "friend", "stranger-near", "stranger-far"} {
			kubectl("wait", "--namespace="+ns, "--for=condition=Ready", "pod/"+name, "--timeout=120s")
		}
		address := kubectl("get", "pod", "server", "--namespace="+ns, "--output=jsonpath={.status.podIP}")
		url := fmt.Sprintf("http://%s:8080/", address)

		By("letting everybody in while there is no policy")
		for _, caller := range []string{"friend", "stranger-near", "stranger-far"} {
			Expect(call(ns, caller, url)).To(ContainSubstring("StatusCode=200"), caller)
		}

		applyFile(ns, "networkpolicy.yaml")
		for _, caller := range []string{"stranger-near", "stranger-far"} {
			By("keeping out " + caller)
			Eventually(func() error { _, err := call(ns, caller, url); return err }).Should(HaveOccurred(), caller)
		}
		By("still letting in the friend, from the other node")
		Expect(call(ns, "friend", url)).To(ContainSubstring("StatusCode=200"))

		By("letting everybody in again once it is deleted")
		kubectl("delete", "networkpolicy", "server", "--namespace="+ns)
		Eventually(func() (string, error) { return call(ns, "stranger-far", url) }).Should(ContainSubstring("StatusCode=200"))
	})
})
