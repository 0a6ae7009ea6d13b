package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/spiffe/go-spiffe/v2/bundle/x509bundle"
	"github.com/spiffe/go-spiffe/v2/spiffeid"
	"github.com/spiffe/go-spiffe/v2/svid/x509svid"
)

var _ = Describe("the identity of a pod", func() {
	It("is one SPIFFE ID in a certificate for both ends of a connection [E03]", func() {
		ns, plain := newMeshNamespace(), newNamespace()
		applyFile(ns, "accounts.yaml")
		ready(ns, "friend", "stranger")
		domain := kubectl("get", "mesh", "default", "--output=jsonpath={.status.effective.trustDomain}")
		id := "spiffe://" + domain + "/ns/" + ns + "/sa/friend"

		By("as its own Envoy holds it, and another account's holds another")
		held := identityOf(ns, "friend")
		Expect(held.Names).To(HaveExactElements(HaveField("URI", id)))
		Expect(identityOf(ns, "stranger").Names).To(HaveExactElements(HaveField("URI", "spiffe://"+domain+"/ns/"+ns+"/sa/stranger")))

		By("as a TLS client of a pod without identity sees it")
		chain, refusal := handshake(plain, podIP(ns, "friend"), tls.Certificate{})
		Expect(refusal).To(MatchError(ContainSubstring("certificate required")))
		leaf := chain[0]
		Expect(fmt.Sprintf("%032x", leaf.SerialNumber)).To(Equal(fmt.Sprintf("%032s", held.Serial)))
		Expect(namesOf(leaf)).To(Equal([]asn1.RawValue{uriName(id)}))
		Expect(leaf.Subject.Names).To(BeEmpty(), "a common name, or another one")
		Expect(critical(leaf)).To(ConsistOf("2.5.29.15", "2.5.29.17", "2.5.29.19"), "key usage, names and basic constraints")
		Expect(leaf.IsCA).To(BeFalse())
		Expect(leaf.KeyUsage).To(Equal(x509.KeyUsageDigitalSignature))
		Expect(leaf.ExtKeyUsage).To(ConsistOf(x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth))

		By("as a verifier of others judges it, under the roots of the mesh and no other trust domain's")
		roots := kubectl("get", "configmap", "weft-trust", "--namespace="+ns, `--output=jsonpath={.data.roots\.pem}`)
		verified, err := verify(domain, roots, chain)
		Expect(err).NotTo(HaveOccurred())
		Expect(verified).To(Equal(id))
		_, err = verify("another.example", roots, chain)
		Expect(err).To(HaveOccurred())
	})

	It("is on a socket of the proxy's user and in memory, and nowhere else [E16]", func() {
		ns := newMeshNamespace()
		applyFile(ns, "accounts.yaml")
		ready(ns, "friend")
		Expect(identityOf(ns, "friend").Names).NotTo(BeEmpty())

		By("reaching the socket as the proxy's user only")
		socket := "/proc/" + envoyPID(ns, "friend") + "/root" + "/run/weft/agent.sock"
		Expect(onNodeOf(ns, "friend", "stat --format='%F %a %u' "+socket)).To(Equal("socket 600 1337"))

		By("finding the roots in the files of the pod's processes, and no key but one in the image of the application")
		Expect(filesWith(ns, "friend", "BEGIN CERTIFICATE")).To(ContainSubstring("/var/run/secrets/weft/roots/"))
		Expect(filesWith(ns, "friend", "PRIVATE KEY")).To(MatchRegexp(`^/proc/\d+/root[/]cert\.key$`))

		By("finding no Secret for the pod; the CA's own has a key")
		const names = `--output=go-template={{range .items}}{{range $key, $value := .data}}{{$key}} {{end}}{{end}}`
		Expect(kubectl("get", "secrets", "--namespace="+ns, "--output=name")).To(BeEmpty())
		Expect(kubectl("get", "secrets", "--namespace=weft-system", names)).To(ContainSubstring("key"))
	})
})

// heldIdentity is a certificate as Envoy's admin interface shows it.
type heldIdentity struct {
	Serial string `json:"serial_number"`
	Names  []struct {
		URI string `json:"uri"`
	} `json:"subject_alt_names"`
}

// identityOf asks the Envoy of a pod for its own certificate. It holds the same one for each place that uses it.
func identityOf(namespace, pod string) heldIdentity {
	GinkgoHelper()
	out := ask(namespace, pod, "echo", "http://127.0.0.1:15000/certs")
	var held struct {
		Certificates []struct {
			Chain []heldIdentity `json:"cert_chain"`
		}
	}
	Expect(json.Unmarshal([]byte(bodyOf(out)), &held)).To(Succeed())
	for _, c := range held.Certificates {
		if len(c.Chain) > 0 {
			return c.Chain[0]
		}
	}
	Fail("Envoy holds no certificate of its own")
	return heldIdentity{}
}

var bodyLine = regexp.MustCompile(`(?m)^\[0 body\] (.*)$`)

// bodyOf is the body in what the client of the echo application has said.
func bodyOf(out string) string {
	var lines []string
	for _, m := range bodyLine.FindAllStringSubmatch(out, -1) {
		lines = append(lines, m[1])
	}
	return strings.Join(lines, "\n")
}

// filesWith lists the text files with some words that processes of a pod can see.
func filesWith(namespace, pod, words string) string {
	GinkgoHelper()
	uid := kubectl("get", "pod", pod, "--namespace="+namespace, "--output=jsonpath={.metadata.uid}")
	return onNodeOf(namespace, pod, `for p in /proc/[0-9]*; do grep -qs `+uid+` $p/cgroup && echo $p/root/; done |
		xargs -I{} grep -rIls --exclude-dir=proc --exclude-dir=sys --exclude-dir=dev -e '`+words+`' {}; true`)
}

// verify has go-spiffe judge a chain.
func verify(domain, rootsPEM string, chain []*x509.Certificate) (string, error) {
	trust, err := spiffeid.TrustDomainFromString(domain)
	if err != nil {
		return "", err
	}
	roots, err := x509bundle.Parse(trust, []byte(rootsPEM))
	if err != nil {
		return "", err
	}
	id, _, err := x509svid.Verify(chain, roots)
	return id.String(), err
}

// critical lists the extensions that a reader must understand.
func critical(c *x509.Certificate) (oids []string) {
	for _, e := range c.Extensions {
		if e.Critical {
			oids = append(oids, e.Id.String())
		}
	}
	return oids
}
