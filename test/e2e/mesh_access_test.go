package e2e

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("a meshed service", func() {
	It("knows its callers by account, lets in the allowed one only, and has a NetworkPolicy of its own [C01 E01 E02]", func() {
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
		allows := func() string {
			return ask(ns, called, "echo", "http://127.0.0.1:15000/config_dump?resource=ecds_filters")
		}
		account := func(name string) string { return "/ns/" + ns + "/sa/" + name + `"` }
		Expect(allows()).NotTo(ContainSubstring(account("friend")))
		applyFile(ns, "friend.yaml")
		kubectl("wait", "--namespace="+ns, "policies.weft.dev/friend", "--for=condition=Ready", "--timeout=60s")
		Eventually(ask).WithArguments(ns, "stranger", "echo", "http://called/").Should(MatchRegexp(`StatusCode=(403|503)`))
		answered(ns, "friend", "200")
		Expect(allows()).To(SatisfyAll(ContainSubstring(account("friend")), Not(ContainSubstring(account("stranger")))))

		By("making its NetworkPolicy again after it was deleted")
		names := generated(ns)
		Expect(names).NotTo(BeEmpty())
		owners := field(ns, "networkpolicies", "weft.dev/managed-by",
			`{range .items[*]}{.metadata.ownerReferences[*].kind}/{.metadata.ownerReferences[*].name} {end}`)
		Expect(owners).To(SatisfyAll(HaveLen(len(strings.Fields(names))), HaveEach("Mesh/default")))
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
