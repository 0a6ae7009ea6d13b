package e2e

import (
	"strconv"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("a pod that answers in the place of another", func() {
	It("gets no byte, though it is of the mesh: it runs as another account than the API server says [E11]", func() {
		ns := newMeshNamespace()
		applyFile(ns, "pair.yaml")
		applyFile(ns, "accounts.yaml")
		rolledOut(ns, "caller")
		rolledOut(ns, "called")
		ready(ns, "friend", "stranger")
		caller := field(ns, "pods", "app=caller", "{.items[*].metadata.name}")[0]
		called := field(ns, "pods", "app=called", "{.items[*].metadata.name}")[0]
		count := func(pod, name string) int {
			n, err := strconv.Atoi(envoyCounter(ns, pod, name))
			Expect(err).NotTo(HaveOccurred())
			return n
		}
		wrongName := "cluster." + ns + "/called/80.ssl.fail_verify_san"
		By("answering a friend, whose packets go where they should")
		answered(ns, "friend", "200")
		Expect(count(caller, wrongName)).To(BeZero())

		By("leading to the stranger what the caller's Envoy sends to the called pod")
		nft(ns, caller, "add table ip substitute; add chain ip substitute output { type nat hook output priority -150; }; "+
			"add rule ip substitute output meta skuid 1337 ip daddr "+podIP(ns, called)+" dnat to "+podIP(ns, "stranger"))
		arrived := func() int { return count("stranger", "listener.0.0.0.0_15006.downstream_cx_total") }
		taken := func() int { return count("stranger", "cluster.inbound.upstream_cx_total") }
		before, applied := arrived(), taken()
		Expect(ask(ns, caller, "echo", "http://called/")).To(ContainSubstring("StatusCode=503"))

		Expect(count(caller, wrongName)).To(BeNumerically(">", 0))
		Expect(arrived()).To(BeNumerically(">", before), "the stranger was called")
		Expect(taken()).To(Equal(applied), "its application was called")
	})
})
