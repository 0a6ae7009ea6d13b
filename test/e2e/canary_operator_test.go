package e2e

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

const slowSteps = "[{weight: 20, duration: 60s, minRequests: 50}, {weight: 50, duration: 5s, minRequests: 50}]"

var _ = Describe("while a Canary is at a step", Serial, Ordered, func() {
	var ns string
	BeforeAll(func() { ns = newShop() })

	It("a lost leader, and then a lost operator, change neither the share nor the step [D19]", func() {
		d := release(ns, "v1", "v2", slowSteps, "")
		Eventually(d.acknowledged).Should(BeEquivalentTo(20))
		run := d.now().Status.Run
		start := readLoad(ns)

		By("losing the leader")
		leader := holder()
		kubectl("delete", "pod", leader, "--namespace=weft-system", "--force", "--grace-period=0")
		Eventually(holder).WithTimeout(40 * time.Second).ShouldNot(Or(BeEmpty(), Equal(leader)))
		counted := d.judged()
		Eventually(d.judged).Should(BeNumerically(">", counted), "the new leader judges nothing")
		Expect(d.now().Status.Weight.Desired).To(BeEquivalentTo(20))

		By("losing all operators")
		kubectl("delete", "pods", "--selector=app.kubernetes.io/name=weft-operator", "--namespace=weft-system", "--force", "--grace-period=0")
		from := readLoad(ns)
		rolledOut("weft-system", "weft-operator")
		to := readLoad(ns)
		Expect(to.answered("v2")).To(BeNumerically(">", from.answered("v2")), "the new version lost its share")

		By("going on where it stopped")
		Eventually(d.phase).WithTimeout(2 * time.Minute).Should(Equal(v1alpha1.CanaryPromoted))
		weights, since := d.walk()
		Expect(weights[len(weights)-3:]).To(Equal([]int32{20, 50, 100}))
		Expect(since[len(since)-2].Sub(since[len(since)-3])).To(BeNumerically(">=", time.Minute-rounding), "the step was cut short")
		Expect(d.now().Status.Run).To(Equal(run))
		end := readLoad(ns)
		Expect(end.Failed-start.Failed).To(BeZero(), "%v", end.Failures)
	})
})

// holder is the operator's pod that leads, empty while there is none.
func holder() string {
	GinkgoHelper()
	return kubectl("get", "lease", "weft-operator", "--namespace=weft-system", "--output=jsonpath={.spec.holderIdentity}")
}

// judged is the number of the new version's requests that the judge has counted.
func (d *diary) judged() int64 {
	if e := d.now().Status.Evidence; e != nil {
		return e.Canary.Requests
	}
	return 0
}
