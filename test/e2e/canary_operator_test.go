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

		By("losing all operators, and keeping the share without them")
		back := loseOperators()
		from := readLoad(ns)
		var to loadSummary
		Eventually(func() int {
			to = readLoad(ns)
			return to.Succeeded - from.Succeeded
		}).Should(BeNumerically(">=", 1000))
		expectShare(to.answered("v2")-from.answered("v2"), to.Succeeded-from.Succeeded, 0.20)

		By("going on where it stopped")
		back()
		Eventually(d.phase).WithTimeout(2 * time.Minute).Should(Equal(v1alpha1.CanaryPromoted))
		weights, since := d.walk()
		Expect(weights[len(weights)-3:]).To(Equal([]int32{20, 50, 100}))
		Expect(since[len(since)-2].Sub(since[len(since)-3])).To(BeNumerically(">=", time.Minute-rounding), "the step was cut short")
		Expect(d.now().Status.Run).To(Equal(run))
		end := readLoad(ns)
		Expect(end.Failed-start.Failed).To(BeZero(), "%v", end.Failures)
	})
})

// loseOperators kills all operators. They come back when it is asked for, or when the spec ends.
func loseOperators() (back func()) {
	GinkgoHelper()
	scale := func(replicas string) {
		kubectl("scale", "--namespace=weft-system", "deployment/weft-operator", "--replicas="+replicas)
	}
	back = func() {
		GinkgoHelper()
		scale("2")
		rolledOut("weft-system", "weft-operator")
	}
	scale("0")
	DeferCleanup(back)
	pods := []string{"pods", "--selector=app.kubernetes.io/name=weft-operator", "--namespace=weft-system"}
	kubectl(append([]string{"delete", "--force", "--grace-period=0", "--ignore-not-found"}, pods...)...)
	Expect(kubectl(append([]string{"get", "--output=name"}, pods...)...)).To(BeEmpty())
	return back
}

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
