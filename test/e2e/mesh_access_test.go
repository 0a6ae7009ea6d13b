package e2e

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("a meshed service", func() {
	It("knows its callers by account, lets in the allowed one only, and has a NetworkPolicy of its own [C01 E01 E02 E09]", func() {
		ns, plain := newMeshNamespace(), newNamespace()
		applyFile(ns, "pair.yaml")
		applyFile(ns, "accounts.yaml")
		applyFile(plain, "accounts.yaml")
		rolledOut(ns, "called")
		for _, pod := range []string{"friend", "stranger"} {
			kubectl("wait", "--namespace="+ns, "--for=condition=Ready", "pod/"+pod, "--timeout=60s")
		}
		kubectl("wait", "--namespace="+plain, "--for=condition=Ready", "pod/friend", "--timeout=60s")

		By("letting everybody of the mesh in while there is no Policy, and telling them apart")
		for _, pod := range []string{"friend", "stranger"} {
			answer := answered(ns, pod, "200")
			Expect(answer).To(MatchRegexp(`(?i)x-forwarded-client-cert.*URI=spiffe://[^/]+/ns/` + ns + `/sa/` + pod + `\b`))
		}

		By("refusing a caller without identity, and the same account outside the mesh")
		called := field(ns, "pods", "app=called", "{.items[*].metadata.name}")[0]
		const refusals = `listener.0.0.0.0_15006.ssl.connection_error`
		before := envoyCounter(ns, called, refusals)
		out, err := call(plain, "friend", "http://called."+ns+"/")
		Expect(err).To(HaveOccurred(), out)
		Expect(out).NotTo(ContainSubstring("StatusCode="))
		Expect(envoyCounter(ns, called, refusals)).NotTo(Equal(before), "the handshake was not refused by the called proxy")

		By("refusing the account that the Policy does not name")
		applyFile(ns, "friend.yaml")
		kubectl("wait", "--namespace="+ns, "policies.weft.dev/friend", "--for=condition=Ready", "--timeout=60s")
		Eventually(func() string { out, _ := call(ns, "stranger", "http://called/"); return out }).ShouldNot(ContainSubstring("StatusCode=200"))
		answered(ns, "friend", "200")

		By("making its NetworkPolicy again after it was deleted")
		names := generated(ns)
		Expect(names).NotTo(BeEmpty())
		Expect(kubectl("get", "networkpolicies", "--namespace="+ns, "--output=jsonpath={.items[*].metadata.ownerReferences[*].kind}")).NotTo(BeEmpty())
		kubectl("delete", "networkpolicies", "--namespace="+ns, "--all")
		Eventually(func() string { return generated(ns) }).Should(Equal(names))
	})
})

// answered waits for an answer with a status and returns it.
func answered(namespace, pod, status string) string {
	GinkgoHelper()
	var answer string
	Eventually(func() (out string, err error) {
		answer, err = call(namespace, pod, "http://called/")
		return answer, err
	}).Should(ContainSubstring("StatusCode=" + status))
	return answer
}

func generated(namespace string) string {
	GinkgoHelper()
	return kubectl("get", "networkpolicies", "--namespace="+namespace, "--selector=weft.dev/managed-by", "--output=name")
}
