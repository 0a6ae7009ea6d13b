package e2e

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("a Job in the mesh", func() {
	It("calls over TLS from its first request and completes [B07]", func() {
		ns := newMeshNamespace()
		applyFile(ns, "pair.yaml")
		rolledOut(ns, "called")
		called := field(ns, "pods", "app=called", "{.items[*].metadata.name}")[0]
		handshakes := func() string {
			out, err := call(ns, called, "http://127.0.0.1:15000/stats?filter=ssl.handshake$")
			Expect(err).NotTo(HaveOccurred())
			return out
		}
		Expect(handshakes()).NotTo(MatchRegexp(`listener\..*ssl\.handshake: [1-9]`))

		applyFile(ns, "job.yaml")
		kubectl("wait", "--namespace="+ns, "--for=condition=Complete", "job/once", "--timeout=40s")
		Expect(kubectl("logs", "--namespace="+ns, "job/once", "--container=echo")).To(ContainSubstring("StatusCode=200"))
		Expect(handshakes()).To(MatchRegexp(`listener\..*ssl\.handshake: [1-9]`))
	})
})
