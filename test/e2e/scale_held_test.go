//go:build soak

package e2e

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

var _ = Describe("a held Deployment with an autoscaler of CPU", func() {
	It("keeps its pods at half of the requests, and grows when a version is refused [D15 D03]", func() {
		ns := newWorkingShop("held.yaml", nil)
		kubectl("scale", "deployment/reviews", "--namespace="+ns, "--replicas=3")
		rolledOut(ns, "reviews")
		hold(ns, "[{weight: 50, duration: 1h, minRequests: 0}]")
		d := keepDiary(ns, "reviews")
		kubectl("set", "env", "deployment/reviews", "--namespace="+ns, "--containers=it", "VERSION=v2")
		Eventually(d.acknowledged).WithTimeout(2 * time.Minute).Should(BeEquivalentTo(50))
		Expect(versions(ns)).To(Equal(map[string]int{"v1": 3, "v2": 3}))

		By("an autoscaler that sees three stable pods at 80 % of its target, and three that it takes for idle")
		autoscale(ns, "reviews", 1, 6, usage(ns, 6)*10/8/6)
		Eventually(func() string { return conditionOf(ns, "reviews", "ScalingActive") }).WithTimeout(figures).Should(Equal("True"))
		Eventually(func() string {
			return kubectl("get", "canary", "reviews", "--namespace="+ns, `--output=jsonpath={.status.hold.findings[?(@.reason=="AutoscalerDamped")].message}`)
		}).Should(MatchRegexp(`counts the 3 pods that wait as idle: it grows the Deployment above \d+% of the request instead of \d+%`))
		Consistently(func() int { return versions(ns)["v1"] }).WithTimeout(45*time.Second).Should(BeNumerically(">=", 2), "the pods are taken away")

		By("refusing the version")
		start := readLoad(ns)
		weft("canary", "abort", "reviews", "--namespace="+ns)
		Eventually(d.phase).Should(Equal(v1alpha1.CanaryRolledBack))
		Eventually(func() map[string]int { return versions(ns) }).WithTimeout(figures).Should(SatisfyAll(
			HaveKeyWithValue("v1", BeNumerically(">", 3)), Not(HaveKey("v2"))))
		sample(ns, 300, 0)
		Expect(append(writers(ns), scalers(ns)...)).To(haveEachFromOthers)
		expectNoneFailed(ns, start)
	})
})

// conditionOf an autoscaler.
func conditionOf(ns, name, kind string) string {
	GinkgoHelper()
	return kubectl("get", "hpa", name, "--namespace="+ns, `--output=jsonpath={.status.conditions[?(@.type=="`+kind+`")].status}`)
}
