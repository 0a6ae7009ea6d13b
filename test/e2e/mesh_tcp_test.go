package e2e

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// policySpecs go from no Policy to one, in a namespace with wire.yaml.
func policySpecs(namespace *string) {
	fetch := func(pod string) string {
		out, _ := wire(*namespace, pod, "get", "http://server:8080/")
		return out
	}
	rules := func(counter string) int { return wireStat(*namespace, "server", "http.inbound/8080.rbac."+counter) }
	speak := func(pod, port, order string) talk {
		GinkgoHelper()
		return wireInto[talk](*namespace, pod, "dial", "server:"+port, "I am "+pod, order)
	}
	served := func() string {
		GinkgoHelper()
		return kubectl("logs", "server", "--namespace="+*namespace, "--container=it")
	}

	It("every account is served while there is no Policy [E07]", func() {
		for _, pod := range []string{"friend", "stranger"} {
			Eventually(func() string { return fetch(pod) }).Should(ContainSubstring("status 200"))
			Expect(speak(pod, "9000", "first")).To(Equal(talk{true, "I am " + pod + "\n", "closed"}))
			Expect(speak(pod, "9001", "second")).To(Equal(talk{true, "welcome\nI am " + pod + "\n", "closed"}))
		}
		Expect(rules("denied")).To(BeZero())
	})

	It("one rule for one account refuses all others: 403 over HTTP [E07]", func() {
		applyFile(*namespace, "wire-policy.yaml")
		kubectl("wait", "--namespace="+*namespace, "policies.weft.dev/server", "--for=condition=Ready", "--timeout=60s")
		allowed, denied := rules("allowed"), rules("denied")
		Expect(fetch("friend")).To(ContainSubstring("status 200"))
		Expect([]int{rules("allowed"), rules("denied")}).To(Equal([]int{allowed + 1, denied}))
		Expect(fetch("stranger")).To(SatisfyAll(ContainSubstring("status 403"), Not(ContainSubstring("asked for"))))
		Expect([]int{rules("allowed"), rules("denied")}).To(Equal([]int{allowed + 1, denied + 1}))
	})

	for _, protocol := range []struct{ name, port, order, greeting string }{
		{"the client", "9000", "first", ""},
		{"the server", "9001", "second", "welcome\n"},
	} {
		It("TCP in which "+protocol.name+" speaks first is closed for others without a byte either way [B11 E07]", func() {
			refusals := func() int { return listenerStat(*namespace, "server", "ssl.fail_verify_san") }
			before, logBefore := refusals(), served()

			seen := speak("stranger", protocol.port, protocol.order)
			Expect(seen.Connected).To(BeTrue(), seen.End)
			Expect(seen.Received).To(BeEmpty())
			Expect(seen.End).NotTo(Equal("silent"), "the connection stayed open")
			Expect(refusals()).To(Equal(before + 1))

			Expect(speak("friend", protocol.port, protocol.order)).To(Equal(talk{true, protocol.greeting + "I am friend\n", "closed"}))
			Expect(refusals()).To(Equal(before + 1))

			By("reading in the server's log that only the friend came")
			name := "\n:" + protocol.port
			Eventually(served).Should(Equal(logBefore + name + " connection" + name + ` read "I am friend\n"`))
		})
	}
}
