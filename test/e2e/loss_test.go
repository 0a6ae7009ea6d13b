//go:build soak

package e2e

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

const (
	shortSteps = "[{weight: 20, duration: 5s, minRequests: 50}, {weight: 50, duration: 5s, minRequests: 50}]"
	longSteps  = "[{weight: 20, duration: 40s, minRequests: 50}, {weight: 50, duration: 5s, minRequests: 50}]"
)

// Here the load sends over 200 requests a second and retries none. Half go on a new connection, a third carry a body,
// and a gRPC stream and a TCP session stay open beside them.
var _ = Describe("zero loss", Serial, Ordered, ContinueOnFailure, func() {
	var ns, stable string
	var begin lossCount
	BeforeAll(func() {
		ns, stable = newLossShop(), "v1"
		begin = readLoss(ns)
	})

	// A failure here says that the machine is too busy to show anything.
	It("when nothing happens", func() { losses(ns, "nothing", func() {}, BeEmpty()) })

	It("when a version is promoted", func() {
		losses(ns, "promote", func() {
			d := release(ns, stable, "v2", shortSteps, "")
			Eventually(d.phase).WithTimeout(2 * time.Minute).Should(Equal(v1alpha1.CanaryPromoted))
			stable = "v2"
			onlyVersion(ns, stable)
		}, BeEmpty())
	})

	It("when a version that answers errors is rolled back, but for its own errors", func() {
		losses(ns, "roll back", func() {
			d := release(ns, stable, "v3", longSteps, "error-rate=0.5")
			Eventually(d.phase).WithTimeout(2 * time.Minute).Should(Equal(v1alpha1.CanaryRolledBack))
			onlyVersion(ns, stable)
		}, And(HaveLen(1), HaveKey("v3")))
	})

	It("when a person aborts", func() {
		losses(ns, "abort", func() {
			d := release(ns, stable, "v4", longSteps, "")
			Eventually(d.acknowledged).WithTimeout(2 * time.Minute).Should(BeEquivalentTo(20))
			weft("canary", "abort", "reviews", "--namespace="+ns)
			Eventually(d.phase).Should(Equal(v1alpha1.CanaryRolledBack))
			onlyVersion(ns, stable)
		}, BeEmpty())
	})

	It("when all operators are killed in the middle of a step", func() {
		losses(ns, "operators killed", func() {
			d := release(ns, stable, "v5", longSteps, "")
			Eventually(d.acknowledged).WithTimeout(2 * time.Minute).Should(BeEquivalentTo(20))
			kubectl("delete", "pods", "--selector=app.kubernetes.io/name=weft-operator", "--namespace=weft-system",
				"--force", "--grace-period=0")
			Expect(d.phase()).To(Equal(v1alpha1.CanaryProgressing))
			rolledOut("weft-system", "weft-operator")
			Eventually(d.phase).WithTimeout(3 * time.Minute).Should(Equal(v1alpha1.CanaryPromoted))
			stable = "v5"
			onlyVersion(ns, stable)
		}, BeEmpty())
	})

	It("when the leader changes in the middle of a step", func() {
		losses(ns, "leader changed", func() {
			d := release(ns, stable, "v6", longSteps, "")
			Eventually(d.acknowledged).WithTimeout(2 * time.Minute).Should(BeEquivalentTo(20))
			leader := holder()
			kubectl("delete", "pod", leader, "--namespace=weft-system", "--force", "--grace-period=0")
			Eventually(holder).Should(Not(Or(BeEmpty(), Equal(leader))))
			Expect(d.phase()).To(Equal(v1alpha1.CanaryProgressing))
			Eventually(d.phase).WithTimeout(3 * time.Minute).Should(Equal(v1alpha1.CanaryPromoted))
			stable = "v6"
			onlyVersion(ns, stable)
			rolledOut("weft-system", "weft-operator")
		}, BeEmpty())
	})

	It("in all, also between these", func() {
		all := settledLoss(ns).since(begin)
		AddReportEntry("loss", all.row("all", retriesOfAll(ns)))
		Expect(all.failedIn()).To(And(HaveLen(1), HaveKey("v3")))
	})
})

// newLossShop is a shop under the full load.
func newLossShop() string {
	GinkgoHelper()
	ns := newShop()
	applyCanary(ns, "loss.yaml", nil)
	rolledOut(ns, "load")
	Eventually(func() lossCount { return readLoss(ns) }).Should(And(
		HaveField("Succeeded", BeNumerically(">", 100)),
		HaveField("Stream.Messages", BeNumerically(">", 1)), HaveField("Session.Messages", BeNumerically(">", 1))))
	return ns
}

// losses counts during an event and until all that was under way then has ended. It reports a row, and compares the
// failures by version with what is allowed.
func losses(ns, event string, happen func(), allowed types.GomegaMatcher) {
	GinkgoHelper()
	was := readLoss(ns)
	happen()
	c := settledLoss(ns).since(was)
	retried := retriesOfAll(ns)
	AddReportEntry("loss", c.row(event, retried))

	By("looking whether the load was what it should be")
	sent := float64(c.Sent)
	Expect(sent/c.Seconds).To(BeNumerically(">=", leastRate), "requests a second")
	Expect(float64(c.Fresh) / sent).To(BeNumerically("~", 0.5, 0.01))
	Expect(float64(c.Posts) / sent).To(BeNumerically("~", 1.0/3, 0.01))

	By("counting what was lost")
	Expect(c.failedIn()).To(allowed, "by reason %v", c.Failures)
	for name, long := range map[string]longCount{"stream": c.Stream, "session": c.Session} {
		Expect(long.Messages).To(BeNumerically(">", 0), name)
		Expect(long.Failed).To(BeZero(), "%s: %s", name, long.Failure)
		Expect(long.Moved).To(BeZero(), name)
	}
	Expect(retried).To(BeZero(), "a sidecar sent something again")
}

// retriesOfAll adds up the retries of every sidecar, at the side that calls and at the side that is called.
func retriesOfAll(ns string) (sum int) {
	GinkgoHelper()
	for _, name := range field(ns, "deployments", "", "{.items[*].metadata.name}") {
		sum += retries(ns, name)
	}
	return sum
}
