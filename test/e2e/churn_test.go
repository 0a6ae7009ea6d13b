//go:build soak

package e2e

import (
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

const churnChanges = 200

// The load is that of "zero loss". What is lost when the order of the xDS server is taken out is shown by
// test/envoy/order, with a real Envoy.
var _ = Describe("churn", Serial, Ordered, ContinueOnFailure, func() {
	var ns string
	BeforeAll(func() { ns = newLossShop() })

	It("costs no request: 200 random changes of routes, endpoints, Services and accounts [E13]", func() {
		churning(ns, "churn", func(c *churn) { c.some(churnChanges) })
	})

	It("costs none while one of two operators is killed every ten seconds", func() {
		churning(ns, "operators killed", func(c *churn) {
			stop := repeat(10*time.Second, func() {
				oldest := field("weft-system", "pods", "app.kubernetes.io/name=weft-operator", "{.items[0].metadata.name}")
				kubectl("delete", "pod", oldest[0], "--namespace=weft-system", "--force", "--grace-period=0")
			})
			c.some(churnChanges)
			kills := stop()
			AddReportEntry("killed", kills)
			Expect(kills).To(BeNumerically(">", 3))
			rolledOut("weft-system", "weft-operator")
		})
	})

	It("costs none while the API server is stopped for two minutes", func() {
		churning(ns, "no API server", func(c *churn) {
			c.some(churnChanges / 2)
			// With leader election, as any cluster has it, the controller manager ends when it can't renew its lease, and begins
			// anew with the API server: it gives nodes their time to report. One that stays takes Ready from all pods at once,
			// those of the cluster's DNS too.
			testbed("fault", "kill", "kube-apiserver")
			testbed("fault", "kill", "kube-controller-manager")
			DeferCleanup(func() {
				for _, component := range []string{"kube-apiserver", "kube-controller-manager"} {
					_, _ = run("", "../../bin/testbed", "fault", "restart", component)
				}
			})
			back := time.NewTimer(2 * time.Minute)
			<-back.C
			testbed("fault", "restart", "kube-apiserver")
			Eventually(func() error { _, err := run("", "kubectl", "get", "--raw=/readyz"); return err }).WithTimeout(time.Minute).Should(Succeed())
			testbed("fault", "restart", "kube-controller-manager")
			c.some(churnChanges / 2)
		})
	})
})

// some makes changes, one a second at most.
func (c *churn) some(changes int) {
	GinkgoHelper()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for range changes {
		c.change()
		<-tick.C
	}
}

// churning counts what is lost during changes, and compares the Envoys of those that stay with what they were.
func churning(ns, event string, happen func(*churn)) {
	GinkgoHelper()
	stay := []string{"load", "frontend", "ratings"}
	before := map[string]proxyLife{}
	for _, app := range stay {
		before[app] = readLife(ns, app)
	}
	c := newChurn(ns)
	losses(ns, event, func() {
		happen(c)
		c.end()
	}, BeEmpty())
	AddReportEntry("changes", fmt.Sprint(c.made))
	for _, app := range stay {
		now := readLife(ns, app)
		AddReportEntry(app, fmt.Sprintf("%d updates taken, %d statistics of refusals are 0", now.taken-before[app].taken, now.kinds))
		Expect(now.pid).To(Equal(before[app].pid), app)
		Expect(now.begun).To(BeTemporally("~", before[app].begun, 2*time.Second), app)
		Expect(now.rejected).To(BeEmpty(), app)
		Expect(now.taken).To(BeNumerically(">", before[app].taken), app)
	}
}
