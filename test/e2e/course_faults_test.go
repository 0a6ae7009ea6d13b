//go:build soak

package e2e

import (
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// crashed is how soon all proxies must have taken the share of a version back that crashes. Agents report each second, so
// two intervals are less.
const crashed = 15 * time.Second

// theFaults are of pods and proxies.
func theFaults(shop **course) {
	for _, way := range []string{"abort", "rollback"} {
		It(fmt.Sprintf("waits for no pod when a stable one is evicted at the moment of an %s (canary.md 8)", way), func() {
			c := *shop
			c.costs("stable pod evicted at "+way, func() {
				c.resizeStable(2)
				c.release(plan{steps: stayedAtFirst}, "")
				c.at(20)
				By("letting no pod take the place of the one that is evicted")
				kubectl("create", "quota", "no-more", "--hard=pods=1", "--namespace="+c.ns)
				DeferCleanup(func() { kubectl("delete", "quota", "no-more", "--namespace="+c.ns, "--ignore-not-found") })
				_, err := evict(c.ns, c.podsOf(c.answers())[0])
				Expect(err).NotTo(HaveOccurred())
				if way == "abort" {
					weft("canary", "abort", "reviews", "--namespace="+c.ns)
				} else {
					c.goesBad()
				}
				c.reach(v1alpha1.CanaryRolledBack)
				c.at(0)
				Expect(c.podsOf(c.answers())).To(HaveLen(1))
				kubectl("delete", "quota", "no-more", "--namespace="+c.ns)
				c.returned()
				Eventually(func() []string { return c.podsOf(c.answers()) }).WithTimeout(2 * time.Minute).Should(HaveLen(2))
				c.resizeStable(c.size())
			})
		})
	}

	It("takes the share back of a version that crashes at 30 % (canary.md 4)", func() {
		c := *shop
		c.costs("crash loop at 30 %", func() {
			c.release(plan{steps: "[{weight: 30, duration: 10m, minRequests: 50}]"}, "")
			c.at(30)
			c.bad[c.version] = true
			began := time.Now()
			for _, pod := range c.podsOf(c.version) {
				defer c.crashing(pod)()
			}
			Eventually(c.acknowledged).WithTimeout(time.Minute).WithPolling(pollEvery).Should(BeZero())
			took := time.Since(began)
			record := c.now().Status.History[0]
			note("crash loop at 30 %", "weight 0 acknowledged after %.1f s, because %s", took.Seconds(), record.Message)
			Expect(took).To(BeNumerically("<=", crashed))
			Expect(record.Reason).To(BeElementOf("ErrorRate", "NoServingPods"))
			if record.Reason == "ErrorRate" {
				Expect(record.Message).To(MatchRegexp("^mostly (5xx|refused|reset.*):"))
			}
			c.returned()
		}, "none")
	})

	It("waits for a proxy that lives and is silent, and no longer than that (canary.md 16)", func() {
		c := *shop
		c.costs("silent proxy", func() {
			c.release(plan{steps: "[{weight: 20, duration: 1s, minRequests: 50, pause: {}}]", deadline: "20s", inconclusive: "Hold"}, "")
			c.untilPaused()
			pod := field(c.ns, "pods", "app=bystander", "{.items[0].metadata.name}")[0]
			old := len(c.podsOf(c.answers()))
			c.silence("bystander")
			weft("canary", "resume", "reviews", "--namespace="+c.ns)
			Eventually(func() string {
				return kubectl("get", "events", "--namespace="+c.ns, "--field-selector=reason=AcknowledgementTimeout", "--output=jsonpath={.items[*].message}{.items[*].note}")
			}).WithTimeout(2 * time.Minute).Should(ContainSubstring(pod))
			s := c.now().Status
			Expect(s.Phase).To(Equal(v1alpha1.CanaryProgressing))
			Expect(s.AcknowledgedAt).To(BeNil())
			if c.held {
				// The first wave takes one place. Only then something is sent that a proxy can be silent about.
				Expect(s.Hold.Wave).To(BeEquivalentTo(1))
				old--
			}
			Expect(c.podsOf(c.answers())).To(HaveLen(old), "the old version was scaled down")
			By("going on when the proxy is gone")
			kubectl("delete", "pod", pod, "--namespace="+c.ns, "--force", "--grace-period=0")
			c.promoted()
			rolledOut(c.ns, "bystander")
		})
	})
}

// resizeStable gives the stable version another number of pods.
func (c *course) resizeStable(pods int) {
	GinkgoHelper()
	name := "reviews-" + c.stable
	if c.held {
		name = "reviews"
	}
	kubectl("scale", "deployment", name, "--namespace="+c.ns, fmt.Sprintf("--replicas=%d", pods))
	rolledOut(c.ns, name)
	Eventually(func() []string { return c.podsOf(c.answers()) }).WithTimeout(2 * time.Minute).Should(HaveLen(pods))
}

// size is how many pods the stable version has in most cases.
func (c *course) size() int {
	if c.held {
		return heldSize
	}
	return 1
}

// crashing kills the application of a pod whenever it runs, until stop. The pod may be gone before.
func (c *course) crashing(pod string) (stop func() int) {
	GinkgoHelper()
	node, kill := nodeOf(c.ns, pod), killing(c.ns, pod, "bookstore")
	return repeat(500*time.Millisecond, func() { onNode(node, kill) })
}

// killing is a script for the node of a pod that kills a program of the pod, if it runs.
func killing(ns, pod, program string) string {
	GinkgoHelper()
	uid := kubectl("get", "pod", pod, "--namespace="+ns, "--output=jsonpath={.metadata.uid}")
	return "for p in $(pgrep -x " + program + "); do if grep -qs " + uid + " /proc/$p/cgroup; then kill -KILL $p; fi; done; true"
}
