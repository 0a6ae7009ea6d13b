//go:build soak

package e2e

import (
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// theMoves are what a release may come to.
func theMoves(shop **course) {
	It("promotes (canary.md 1)", func() {
		c := *shop
		c.costs("promote", func() {
			c.release(plan{steps: walked}, "")
			c.promoted()
			weights, _ := c.walk()
			Expect(weights[:3]).To(Equal([]int32{0, 20, 50}))
		})
	})

	for i, steps := range []string{stayedAtFirst, stayedAtLast} {
		weight := []int{20, 50}[i]
		It(fmt.Sprintf("takes a version back that goes bad at %d %%", weight), func() {
			c := *shop
			c.costs(fmt.Sprintf("roll back at %d %%", weight), func() {
				c.release(plan{steps: steps}, "")
				c.at(weight)
				c.goesBad()
				c.returned()
				Expect(c.now().Status.History[0].Reason).To(Equal("ErrorRate"))
			})
		})

		It(fmt.Sprintf("is aborted at %d %%", weight), func() {
			c := *shop
			c.costs(fmt.Sprintf("abort at %d %%", weight), func() {
				c.release(plan{steps: steps}, "")
				c.at(weight)
				weft("canary", "abort", "reviews", "--namespace="+c.ns)
				c.returned()
				Expect(c.now().Status.History[0].Reason).To(Equal("Aborted"))
			})
		})
	}

	It("goes on without the Canary when that is deleted in the middle (canary.md 11)", func() {
		c := *shop
		c.costs("Canary deleted", func() {
			c.release(plan{steps: stayedAtFirst}, "")
			c.at(20)
			kubectl("delete", "canary", "reviews", "--namespace="+c.ns, "--timeout=60s")
			if c.held {
				rolledOut(c.ns, "reviews")
				Expect(versions(c.ns)).To(Equal(map[string]int{c.version: heldSize}))
				c.stable = c.version
				return
			}
			By("dividing requests among the pods, as Kubernetes does")
			was := readLoss(c.ns)
			Eventually(func(g Gomega) {
				n := readLoss(c.ns).since(was)
				g.Expect(n.answered(c.stable)).To(BeNumerically(">", 100))
				g.Expect(n.answered(c.version)).To(BeNumerically(">", 100))
			}).WithTimeout(30 * time.Second).Should(Succeed())
			c.takeAway()
		})
	})
}
