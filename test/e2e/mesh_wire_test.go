package e2e

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// First bytes of TLS messages (RFC 8446), the extension in which a server chooses TLS 1.3, and a whole alert: an
// unknown protocol version.
const (
	clientHello = "\x16\x03\x01"
	serverHello = "\x16\x03\x03"
	choosesTLS3 = "\x00\x2b\x00\x02\x03\x04"
	wrongTLS    = "\x15\x03\x01\x00\x02\x02\x46"
)

// talk is what a client of a TCP protocol saw.
type talk struct {
	Connected bool
	Received  string
	End       string
}

var _ = Describe("between two pods", Ordered, func() {
	var wires wireProgram
	var ns, plain string
	BeforeAll(func() {
		wires = newWireProgram()
		ns, plain = newMeshNamespace(), newNamespace()
		for _, namespace := range []string{ns, plain} {
			applyFile(namespace, "wire.yaml")
		}
		for _, namespace := range []string{ns, plain} {
			kubectl("wait", "--namespace="+namespace, "--for=condition=Ready", "pods", "--all", "--timeout=90s")
		}
	})

	// exchange carries a marker to the server and back, over HTTP and over TCP.
	exchange := func(namespace, marker string) {
		GinkgoHelper()
		Eventually(func() (string, error) { return wire(namespace, "friend", "get", "http://server:8080/"+marker) }).Should(
			SatisfyAll(ContainSubstring("status 200"), ContainSubstring("asked for /"+marker)))
		Expect(wireInto[talk](namespace, "friend", "dial", "server:9000", marker, "first")).To(Equal(talk{true, marker + "\n", "closed"}))
	}

	It("HTTP and TCP are TLS 1.3 on both links, and readable outside the mesh [B10 E01 E08]", func() {
		const marker = "the-quick-brown-fox-7281"
		versions := func(version string) int { return listenerStat(ns, "server", "ssl.versions."+version) }
		handshakes, newest := listenerStat(ns, "server", "ssl.handshake"), versions("TLSv1.3")

		By("showing the marker on the link of a pod outside the mesh")
		open := wires.capture(plain, "server", func() { exchange(plain, marker) })
		for _, port := range []uint16{8080, 9000} {
			request, answer := payload(open, port)
			Expect(string(request)).To(ContainSubstring(marker), "to port %d", port)
			Expect(string(answer)).To(ContainSubstring(marker), "from port %d", port)
		}

		By("showing only TLS on the links of the pods in the mesh")
		var atServer []segment
		atClient := wires.capture(ns, "friend", func() {
			atServer = wires.capture(ns, "server", func() { exchange(ns, marker) })
		})
		for name, seen := range map[string][]segment{"server": atServer, "friend": atClient} {
			for _, s := range seen {
				Expect(string(s.Data)).NotTo(ContainSubstring(marker), "on the link of %s, from %s to %s", name, s.From, s.To)
			}
			for _, port := range []uint16{8080, 9000} {
				request, answer := payload(seen, port)
				noMarker := Not(ContainSubstring(marker))
				Expect(string(request)).To(SatisfyAll(HavePrefix(clientHello), noMarker), "on the link of %s, to port %d", name, port)
				Expect(string(answer)).To(SatisfyAll(HavePrefix(serverHello), ContainSubstring(choosesTLS3), noMarker),
					"on the link of %s, from port %d", name, port)
			}
		}
		made := listenerStat(ns, "server", "ssl.handshake") - handshakes
		Expect(made).To(BeNumerically(">=", 2))
		Expect(versions("TLSv1.3")-newest).To(Equal(made), "handshakes with TLS 1.3")
		Expect(versions("TLSv1.2")).To(BeZero())
	})

	It("a caller without identity gets no byte of the server, nor a handshake with TLS 1.1 [B10 E08 E09]", func() {
		address := func(namespace string) string {
			return kubectl("get", "pod", "server", "--namespace="+namespace, "--output=jsonpath={.status.podIP}")
		}
		speak := func(namespace, port, order string) talk {
			return wireInto[talk](plain, "friend", "dial", address(namespace)+":"+port, "psst", order)
		}
		refusals := func() int { return listenerStat(ns, "server", "ssl.connection_error") }
		log := func() string { return kubectl("logs", "server", "--namespace="+ns, "--container=it") }
		before, logBefore := refusals(), log()

		By("speaking plaintext: the proxy answers with an alert")
		Expect(speak(ns, "9000", "first")).To(Equal(talk{true, wrongTLS, "closed"}))
		Expect(refusals()).To(Equal(before + 1))
		Expect(speak(plain, "9000", "first").Received).To(Equal("psst\n"), "outside the mesh it is served")

		By("waiting for a greeting")
		Expect(speak(ns, "9001", "second").Received).To(BeEmpty())
		Expect(speak(plain, "9001", "second").Received).To(Equal("welcome\npsst\n"), "outside the mesh it is served")

		By("offering old and new TLS")
		type handshake struct{ Version, Error string }
		offer := func(version string) handshake {
			return wireInto[handshake](plain, "friend", "hello", address(ns)+":8080", version)
		}
		before = refusals()
		Expect(offer("1.1")).To(Equal(handshake{"", "remote error: tls: protocol version not supported"}))
		Expect(refusals()).To(Equal(before + 1))
		withoutCertificate := func() int { return listenerStat(ns, "server", "ssl.fail_verify_no_cert") }
		Expect(withoutCertificate()).To(BeZero())
		for n, version := range []string{"1.2", "1.3"} {
			seen := offer(version)
			Expect(seen.Version).To(Equal("TLS " + version))
			Expect(seen.Error).To(HavePrefix("remote error: tls: "), "it has no certificate")
			Expect(withoutCertificate()).To(Equal(n + 1))
		}
		Expect(log()).To(Equal(logBefore), "the server was dialled")
	})

	policySpecs(&ns)
})
