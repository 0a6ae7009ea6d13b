package e2e

import (
	"encoding/base64"
	"regexp"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func regexpSubmatch(pattern, text string) string {
	return regexp.MustCompile(pattern).FindStringSubmatch(text)[1]
}

var _ = Describe("cert-manager", func() {
	It("issues from a CA that it made, and injects that CA into a webhook", func() {
		ns := newNamespace()
		applyFile(ns, "certificates.yaml")
		kubectl("wait", "--namespace="+ns, "--for=condition=Ready", "certificate/leaf", "--timeout=60s")
		ca := kubectl("get", "secret", "ca", "--namespace="+ns, `--output=jsonpath={.data.tls\.crt}`)

		By("signing the leaf with the CA")
		Expect(kubectl("get", "secret", "leaf", "--namespace="+ns, `--output=jsonpath={.data.ca\.crt}`)).To(Equal(ca))

		By("filling the webhook's caBundle")
		webhook := "e2e-" + ns
		apply(ns, `{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration,
			metadata: {name: `+webhook+`, annotations: {cert-manager.io/inject-ca-from: `+ns+`/ca}},
			webhooks: [{name: nothing.weft.dev, admissionReviewVersions: [v1], sideEffects: None, failurePolicy: Ignore,
				clientConfig: {service: {namespace: `+ns+`, name: none}}, rules: []}]}`)
		DeferCleanup(func() { kubectl("delete", "validatingwebhookconfiguration", webhook) })
		Eventually(func() string {
			return kubectl("get", "validatingwebhookconfiguration", webhook, "--output=jsonpath={.webhooks[0].clientConfig.caBundle}")
		}).Should(Equal(ca))
		_, err := base64.StdEncoding.DecodeString(ca)
		Expect(err).NotTo(HaveOccurred())
	})
})

var _ = Describe("metrics-server", func() {
	It("tells the CPU time that a pod uses", func() {
		ns := newNamespace()
		applyFile(ns, "echo.yaml")
		rolledOut(ns, "echo")
		pod := field(ns, "pods", "app=echo", "{.items[0].metadata.name}")[0]
		Eventually(func() (string, error) {
			return run("", "kubectl", "get", "--raw=/apis/metrics.k8s.io/v1beta1/namespaces/"+ns+"/pods/"+pod)
		}).Should(MatchRegexp(`"cpu":"\d+[a-z]*"`))
	})
})

var _ = Describe("Prometheus", func() {
	It("scrapes a pod that asks for it, and only that one", func() {
		ns := newNamespace()
		applyFile(ns, "scraped.yaml")
		query := "/api/v1/namespaces/monitoring/services/prometheus:9090/proxy/api/v1/query?query=up{namespace=\"" + ns + "\"}"
		Eventually(func() (string, error) { return run("", "kubectl", "get", "--raw="+query) }).Should(
			SatisfyAll(ContainSubstring(`"pod":"asks"`), MatchRegexp(`"value":\[[0-9.]+,"1"\]`), Not(ContainSubstring("silent"))))
	})
})
