package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("objects that can't be honoured", func() {
	It("say why, and neither take a proxy down nor cost a request nor hold up what is right [A22]", func() {
		ns, before := newTalkingShop()
		was := readTalk(ns)

		By("keeping out what the CRDs know to be wrong")
		out, err := run(outage("refused.yaml"), "kubectl", "apply", "--namespace="+ns, "--filename=-")
		Expect(err).To(HaveOccurred())
		Expect(strings.Count(out, "is invalid")).To(Equal(3), out)

		By("letting in the rest")
		for _, file := range []string{"services.yaml", "routes.yaml", "weft.yaml"} {
			apply(ns, outage(file))
		}
		expectReasons(ns)

		By("answering what the routes can't do with 500, and everything else")
		Expect(statusOf(ns, "frontend", "http://ratings:8080/ratings?id=1")).To(Equal("200"))
		for _, path := range []string{"/odd-regex", "/odd-query", "/odd-filter", "/odd-backend", "/odd-weights"} {
			Expect(statusOf(ns, "frontend", "http://ratings:8080"+path)).To(Equal("500"), path)
		}

		By("building on: a Service and a Policy that are right")
		apply(ns, filled("changes/service.yaml", map[string]string{"N": "0"})+filled("changes/policy.yaml", map[string]string{"N": "0", "APP": "reviews", "GUEST": "guest"}))
		kubectl("wait", "policies.weft.dev/change-0", "--namespace="+ns, "--for=condition=Ready", "--timeout=30s")
		Eventually(func() string { return getFrom(ns, "load", "http://127.0.0.1:15000/clusters") }).Should(ContainSubstring(ns + "/slot-0/80::"))

		By("losing nothing for some time")
		Eventually(func() int { return readTalk(ns).Sent }).WithPolling(time.Second).Should(BeNumerically(">", was.Sent+300))
		now := readTalk(ns)
		AddReportEntry("load", fmt.Sprintf("%d requests, %+v", now.Sent-was.Sent, now))
		Expect(now.Failed + now.Stream.Failed + now.Session.Failed).To(BeZero())
		for _, app := range talkingApps {
			life := readLife(ns, app)
			AddReportEntry(app, fmt.Sprintf("%d updates taken", life.taken-before[app].taken))
			Expect(life.pid).To(Equal(before[app].pid), app)
			Expect(life.rejected).To(BeEmpty(), app)
			Expect(life.taken).To(BeNumerically(">", before[app].taken), app)
		}
	})
})

func outage(file string) string {
	GinkgoHelper()
	content, err := os.ReadFile(filepath.Join("testdata", "outage", file))
	Expect(err).NotTo(HaveOccurred())
	return string(content)
}

// expectReasons awaits that each odd object, or the Mesh for a route, says what is wrong with it.
func expectReasons(ns string) {
	GinkgoHelper()
	for route, reason := range map[string]string{
		"odd-regex": "UnsupportedValue: only exact headers", "odd-filter": "UnsupportedValue: filters",
		"odd-backend": "BackendNotFound: there is no Service", "odd-parent": "ParentNotHTTP: Service",
	} {
		Eventually(func() string {
			return kubectl("get", "mesh/default", `--output=jsonpath={range .status.routes[?(@.namespace=="`+ns+`")]}{.name} {.reason}{"\n"}{end}`)
		}).Should(ContainSubstring(route + " " + reason))
	}
	for canary, reason := range map[string]string{"odd-overlap": "SelectorsOverlap", "odd-service": "ServiceNotFound"} {
		Eventually(func() string { return accepted(ns, canary) }).Should(Equal("False " + reason))
	}
	Eventually(func() string {
		return kubectl("get", "policies.weft.dev/odd-selector", "--namespace="+ns, `--output=jsonpath={.status.conditions[?(@.type=="Accepted")].reason}`)
	}).Should(Equal("NothingSelected"))
}

// statusOf is how a request from an application is answered.
func statusOf(ns, app, url string) string {
	GinkgoHelper()
	out, _ := run("", "kubectl", "exec", "--namespace="+ns, "deployment/"+app, "--container=it", "--", "/bookstore", "call", url)
	Expect(out).To(MatchRegexp(`"status":\d+`))
	return regexpSubmatch(`"status":(\d+)`, out)
}
