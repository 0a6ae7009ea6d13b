package e2e

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("an Envoy native sidecar with nft redirection", func() {
	It("carries what comes in and what goes out", func() {
		ns := newNamespace()
		applyFile(ns, "echo.yaml")
		applyFile(ns, "sidecar.yaml")
		rolledOut(ns, "echo")
		rolledOut(ns, "meshed")
		plain := field(ns, "pods", "app=echo", "{.items[*].metadata.name}")[0]
		meshed := field(ns, "pods", "app=meshed", "{.items[*].metadata.name}")[0]

		By("marking the answers that pass it, and only those")
		Expect(firstCall(ns, plain, "http://meshed/")).To(ContainSubstring("Server:sidecar"))
		Expect(firstCall(ns, plain, "http://echo/")).NotTo(ContainSubstring("Server:sidecar"))

		By("counting the request that came in")
		Expect(envoyCounter(ns, meshed, "http.inbound.downstream_rq_2xx")).To(Equal("1"))

		By("counting the connection that the application opened")
		Expect(envoyCounter(ns, meshed, "tcp.outbound.downstream_cx_total")).To(Equal("0"))
		Expect(call(ns, meshed, "http://echo/")).To(ContainSubstring("StatusCode=200"))
		Expect(envoyCounter(ns, meshed, "tcp.outbound.downstream_cx_total")).To(Equal("1"))
	})
})

// envoyCounter asks the sidecar for one of its statistics. The request goes over lo, which is not redirected.
func envoyCounter(namespace, pod, name string) string {
	GinkgoHelper()
	out, err := call(namespace, pod, "http://127.0.0.1:15000/stats?filter=^"+name+"$")
	Expect(err).NotTo(HaveOccurred())
	Expect(out).To(MatchRegexp(name + `: \d+`))
	return regexpSubmatch(name+`: (\d+)`, out)
}
