package e2e

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("a pod that calls its own Service", func() {
	It("is served with its own identity, and refused by a Policy as any caller", func() {
		newWireProgram()
		ns := newMeshNamespace()
		applyFile(ns, "self.yaml")
		rolledOut(ns, "self")
		pods := field(ns, "pods", "app=self", "{.items[*].metadata.name}")
		Expect(pods).To(HaveLen(1), "another replica could answer")
		pod := pods[0]
		ownService := func() string { return ask(ns, pod, "echo", "http://self/") }
		speak := func(port, order string) talk {
			GinkgoHelper()
			return wireInto[talk](ns, pod, "dial", "self:"+port, "it is me", order)
		}

		By("answering over HTTP, where the application reads who calls")
		Eventually(ownService).Should(SatisfyAll(ContainSubstring("StatusCode=200"),
			MatchRegexp(`(?i)x-forwarded-client-cert.*URI=spiffe://[^/]+/ns/`+ns+`/sa/self\b`)))

		By("answering over TCP")
		handshakes := listenerStat(ns, pod, "ssl.handshake")
		Expect(speak("9000", "first")).To(Equal(talk{true, "it is me\n", "closed"}))
		Expect(speak("9001", "second")).To(Equal(talk{true, "welcome\nit is me\n", "closed"}))
		Expect(listenerStat(ns, pod, "ssl.handshake")).To(Equal(handshakes+2), "its own proxy took both connections")

		By("refusing it when a Policy names another account only")
		applyFile(ns, "self-policy.yaml")
		kubectl("wait", "--namespace="+ns, "policies.weft.dev/self", "--for=condition=Ready", "--timeout=60s")
		Eventually(ownService).Should(SatisfyAll(ContainSubstring("StatusCode=403"), ContainSubstring("RBAC: access denied")))
		for port, order := range map[string]string{"9000": "first", "9001": "second"} {
			Expect(speak(port, order).Received).To(BeEmpty(), "on port %s", port)
		}
	})
})
