package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net/url"
	"strconv"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("the proxy of a called pod", func() {
	It("refuses a client without certificate, and one with a right name from a wrong CA [E09]", func() {
		ns, plain := newMeshNamespace(), newNamespace()
		applyFile(ns, "pair.yaml")
		applyFile(ns, "accounts.yaml")
		rolledOut(ns, "called")
		ready(ns, "friend")
		called := field(ns, "pods", "app=called", "{.items[*].metadata.name}")[0]
		refused := func() (counts [2]int) {
			for i, cause := range []string{"fail_verify_no_cert", "fail_verify_error"} {
				n, err := strconv.Atoi(envoyCounter(ns, called, "listener.0.0.0.0_15006.ssl."+cause))
				Expect(err).NotTo(HaveOccurred())
				counts[i] = n
			}
			return counts
		}

		By("letting in the friend, with the certificate that the mesh has given it")
		Expect(answered(ns, "friend", "200")).To(MatchRegexp(`URI=spiffe://[^/]+/ns/` + ns + `/sa/friend\b`))
		Expect(refused()).To(Equal([2]int{0, 0}))

		By("refusing one who shows nothing")
		_, refusal := handshake(plain, podIP(ns, called), tls.Certificate{})
		Expect(refusal).To(MatchError("remote error: tls: certificate required"))
		Expect(refused()).To(Equal([2]int{1, 0}))

		By("refusing one who says to be the friend, with the certificate of a CA of its own")
		friend := identityOf(ns, "friend").Names[0].URI
		_, refusal = handshake(plain, podIP(ns, called), imposter(friend))
		Expect(refusal).To(MatchError("remote error: tls: unknown certificate authority"))
		Expect(refused()).To(Equal([2]int{1, 1}))
	})
})

// imposter makes a CA that nobody trusts, and its certificate for an identity.
func imposter(identity string) tls.Certificate {
	GinkgoHelper()
	uri, err := url.Parse(identity)
	Expect(err).NotTo(HaveOccurred())
	from, until := time.Now().Add(-time.Minute), time.Now().Add(time.Hour)
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: from, NotAfter: until,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	caKey := newKey()
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: from, NotAfter: until, URIs: []*url.URL{uri},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	leafKey := newKey()
	der, err := x509.CreateCertificate(rand.Reader, leaf, ca, leafKey.Public(), caKey)
	Expect(err).NotTo(HaveOccurred())
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: leafKey}
}

func newKey() *ecdsa.PrivateKey {
	GinkgoHelper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	Expect(err).NotTo(HaveOccurred())
	return key
}
