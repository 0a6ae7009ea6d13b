package e2e

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// Counters of a sidecar: connections from other pods, and connections of the application to places outside the mesh.
const (
	arrived = "listener.0.0.0.0_15006.downstream_cx_total"
	passed  = "tcp.outbound/passthrough.downstream_cx_total"
)

// Ends of a call without an answer. The network drops the first packet or refuses it, so no connection comes about; a
// sidecar takes the connection and ends it.
const (
	noConnection = `dial tcp .*(connection refused|i/o timeout|deadline exceeded)`
	hungUp       = `(: EOF|read: connection reset by peer)\s`
)

var _ = Describe("two layers of isolation", func() {
	It("hold a pod that goes around its sidecar [C10]", func() {
		ns, plain := newPages(), newNamespace()
		applyFile(plain, "accounts.yaml")
		ready(plain, "friend")
		intrude(ns, "edge")
		outside := "http://" + podIP(plain, "friend") + ":8080/"

		By("going through the sidecar and around it to a place outside the mesh")
		before := envoyCounter(ns, "edge", passed)
		Expect(ask(ns, "edge", "intruder", outside)).To(ContainSubstring("StatusCode=200"))
		Expect(envoyCounter(ns, "edge", passed)).To(Equal(before), "the sidecar has seen the intruder")
		Expect(ask(ns, "edge", "echo", outside)).To(ContainSubstring("StatusCode=200"))
		Expect(envoyCounter(ns, "edge", passed)).NotTo(Equal(before), "the sidecar has not seen the application")

		By("being answered through the sidecar, and around it by nobody")
		productpage := "http://" + podIP(ns, "productpage") + ":9080/"
		Expect(ask(ns, "edge", "echo", "http://productpage:9080/")).To(ContainSubstring("StatusCode=200"))
		before = envoyCounter(ns, "productpage", arrived)
		Expect(ask(ns, "edge", "intruder", productpage)).To(MatchRegexp(hungUp))
		Expect(envoyCounter(ns, "productpage", arrived)).NotTo(Equal(before))

		By("not even reaching who has not let it in")
		before = envoyCounter(ns, "ratings", arrived)
		Expect(ask(ns, "edge", "intruder", "http://"+podIP(ns, "ratings")+":9080/")).To(MatchRegexp(noConnection))
		Expect(envoyCounter(ns, "ratings", arrived)).To(Equal(before))

		By("nor without the rules that lead to the sidecar")
		flush(ns, "edge")
		before = envoyCounter(ns, "edge", passed)
		Expect(ask(ns, "edge", "echo", outside)).To(ContainSubstring("StatusCode=200"))
		Expect(ask(ns, "edge", "echo", "http://ratings:9080/")).To(MatchRegexp(noConnection))
		Expect(ask(ns, "edge", "echo", "http://productpage:9080/")).To(MatchRegexp(hungUp))
		Expect(envoyCounter(ns, "edge", passed)).To(Equal(before), "the sidecar still sees the application")
	})

	It("hide Envoy's admin port, and each of them does so alone [C20]", func() {
		ns, plain := newMeshNamespace(), newNamespace()
		applyFile(plain, "accounts.yaml")
		applyFile(ns, "admin.yaml")
		ready(plain, "friend")
		ready(ns, "closed", "leaky")
		kubectl("wait", "--namespace="+ns, "policies.weft.dev/admin", "--for=condition=Ready", "--timeout=60s")
		admin := func(pod string) string {
			return ask(plain, "friend", "echo", "http://"+podIP(ns, pod)+":15000/listeners")
		}
		for _, pod := range []string{"closed", "leaky"} {
			Expect(ask(ns, pod, "echo", "http://127.0.0.1:15000/listeners")).To(ContainSubstring("inbound::0.0.0.0:15006"))
		}

		By("with both layers, and with an admin port that is open to all addresses")
		Eventually(admin).WithArguments("leaky").Should(MatchRegexp(noConnection))
		Expect(admin("closed")).To(MatchRegexp(noConnection))

		By("without the network's layer: the sidecar takes the connection, and ends it")
		restore := withoutNetworkPolicies(ns)
		Eventually(admin).WithArguments("leaky").Should(MatchRegexp(hungUp))
		Eventually(admin).WithArguments("closed").Should(MatchRegexp(hungUp))

		By("without the rules that lead to the sidecar either: only the open one is seen")
		flush(ns, "closed")
		flush(ns, "leaky")
		Expect(admin("leaky")).To(ContainSubstring("inbound::0.0.0.0:15006"))
		Expect(admin("closed")).To(MatchRegexp(noConnection))

		By("with the network's layer alone")
		restore()
		Eventually(admin).WithArguments("leaky").Should(MatchRegexp(noConnection))
	})

	It("let only the edge reach productpage [C21]", func() {
		ns := newPages()
		wrong := map[string]string{"edge": "ratings", "ratings": "productpage"}
		for from := range wrong {
			intrude(ns, from)
		}

		By("the network holds the others, through their sidecars and around them")
		for from, to := range wrong {
			before := envoyCounter(ns, to, arrived)
			Expect(ask(ns, from, "intruder", "http://"+podIP(ns, to)+":9080/")).To(MatchRegexp(noConnection))
			Expect(ask(ns, from, "echo", "http://"+to+":9080/")).To(ContainSubstring("StatusCode=503"))
			Expect(envoyCounter(ns, to, arrived)).To(Equal(before))
		}

		By("without it the sidecar of the called pod refuses them")
		restore := withoutNetworkPolicies(ns)
		for from, to := range wrong {
			Eventually(ask).WithArguments(ns, from, "echo", "http://"+to+":9080/").Should(
				And(ContainSubstring("StatusCode=403"), ContainSubstring("RBAC: access denied")))
			Expect(ask(ns, from, "intruder", "http://"+podIP(ns, to)+":9080/")).To(MatchRegexp(hungUp))
		}
		Expect(ask(ns, "edge", "echo", "http://productpage:9080/")).To(ContainSubstring("StatusCode=200"))

		By("telling that one layer is missing")
		readiness := func(status string) {
			GinkgoHelper()
			kubectl("wait", "--namespace="+ns, "policies.weft.dev", "--all", "--for=condition=Ready="+status, "--timeout=60s")
		}
		readiness("False")

		By("with it again the network holds them")
		restore()
		readiness("True")
		for from, to := range wrong {
			Eventually(ask).WithArguments(ns, from, "intruder", "http://"+podIP(ns, to)+":9080/").Should(MatchRegexp(noConnection))
		}
	})
})
