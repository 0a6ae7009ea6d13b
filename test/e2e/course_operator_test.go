//go:build soak

package e2e

import (
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// killedSteps hold the first weight for longer than it takes to replace a leader.
const killedSteps = "[{weight: 20, duration: 60s, minRequests: 50}, {weight: 50, duration: 1s, minRequests: 50, pause: {}}]"

// Two shops run beside each other, one of each form, and share the rate. Each kill hits both in the same phase.
var _ = Describe("canary course, the operator", Serial, Ordered, ContinueOnFailure, func() {
	var shops []*course
	each := func(do func(c *course)) {
		GinkgoHelper()
		for _, c := range shops {
			do(c)
		}
	}
	BeforeAll(func() { shops = []*course{newCourse(false, fullRate/2), newCourse(true, fullRate/2)} })
	AfterAll(func() { each(func(c *course) { c.end() }) })

	for round := 1; round <= courseRounds; round++ {
		It(fmt.Sprintf("changes nothing of a run when its leader is killed in any phase, round %d (canary.md 2)", round), func() {
			hard := round == 1
			costsEach(shops, "leader killed in each phase", func() {
				each(func(c *course) {
					c.announce(plan{steps: killedSteps})
					Eventually(c.rests).Should(BeTrue(), c.stands)
				})
				killLeader(shops, hard, "no run")

				each(func(c *course) { c.push("") })
				each(func(c *course) { c.at(20) })
				each(func(c *course) { c.errsOnce() })
				killLeader(shops, hard, "a step")

				each(func(c *course) {
					c.untilPaused()
					c.expectWholeStep(20, time.Minute)
				})
				killLeader(shops, hard, "a pause")

				var wake []func()
				each(func(c *course) {
					wake = append(wake, c.silence("bystander"))
					weft("canary", "resume", "reviews", "--namespace="+c.ns)
					// The first wave of a held Deployment changes no weight, so there is nothing to be silent about.
					Eventually(func() int32 { return c.now().Status.Weight.Desired }).WithTimeout(2*time.Minute).WithPolling(pollEvery).
						Should(BeNumerically(">", 50), c.stands)
				})
				killLeader(shops, hard, "a promotion that a proxy has not acknowledged")
				for _, wakes := range wake {
					wakes()
				}
				each(func(c *course) { c.promoted() })
				killLeader(shops, hard, "a promoted version")

				each(func(c *course) { c.release(plan{steps: stayedAtFirst}, "") })
				each(func(c *course) { c.at(20) }) // a proxy that is silent keeps all shops waiting
				wake = nil
				each(func(c *course) {
					wake = append(wake, c.silence("bystander"))
					weft("canary", "abort", "reviews", "--namespace="+c.ns)
					Eventually(c.phase).WithTimeout(time.Minute).WithPolling(pollEvery).Should(Equal(v1alpha1.CanaryRollingBack))
				})
				killLeader(shops, hard, "a rollback that a proxy has not acknowledged")
				for _, wakes := range wake {
					wakes()
				}
				each(func(c *course) { c.reach(v1alpha1.CanaryRolledBack) })
				killLeader(shops, hard, "a version that was rolled back")
				each(func(c *course) { c.returned() })
			})
		})
	}

	for round := 1; round <= courseRounds; round++ {
		It(fmt.Sprintf("begins no run when operator and sidecars are upgraded, round %d (canary.md 12)", round), func() {
			costsEach(shops, "operator and sidecars upgraded", func() {
				each(func(c *course) { c.release(plan{steps: stayedAtFirst}, "") })
				each(func(c *course) { c.at(20) })
				before := []moment{shops[0].moment(), shops[1].moment()}
				image := upgrade(round)
				for i, c := range shops {
					c.expectUnchangedSince(before[i])
					By("injecting the new sidecar into a stable pod that starts anew")
					if c.held {
						kubectl("delete", "pod", c.podsOf(c.answers())[0], "--namespace="+c.ns, "--wait=false")
					} else {
						kubectl("rollout", "restart", "deployment/reviews-"+c.stable, "--namespace="+c.ns)
					}
					Eventually(func() []string { return field(c.ns, "pods", "app=reviews", `{.items[*].spec.initContainers[*].image}`) }).
						WithTimeout(2 * time.Minute).Should(ContainElement(image))
					Eventually(func() []string { return c.podsOf(c.answers()) }).WithTimeout(2 * time.Minute).Should(HaveLen(c.size()))
				}
				for i, c := range shops {
					c.expectUnchangedSince(before[i])
					weft("canary", "abort", "reviews", "--namespace="+c.ns)
					c.returned()
				}
			})
		})
	}

	It("loses nothing else in all", func() { each(func(c *course) { c.total() }) })
})
