//go:build soak

package e2e

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

const (
	// scaleSteps wait for a person, and the last one for more requests than there are.
	scaleSteps = "[{weight: 10, duration: 1s, minRequests: 20, pause: {}}, {weight: 50, duration: 1s, minRequests: 20, pause: {}}, " +
		"{weight: 90, duration: 1s, minRequests: 1000000}]"
	focusSteps = "[{weight: 10, duration: 1s, minRequests: 20, pause: {}}, {weight: 50, duration: 1h, minRequests: 20}]"
	// someBooks are eight of ten that are read. A third of the requests write, and name no book.
	someBooks = "[{query: [{name: id, regex: '.*[2-9]'}]}]"
	inFocus   = 0.8 * 2 / 3
)

var _ = Describe("two versions with an autoscaler of CPU each", Ordered, func() {
	var ns, before string
	var d *diary
	var start loadSummary
	BeforeAll(func() {
		ns = newWorkingShop("version.yaml", map[string]string{"VERSION": "v1"})
		target := usage(ns, 1) / 6
		AddReportEntry("target of a pod, millicores", target)
		for _, version := range []string{"v1", "v2"} {
			autoscale(ns, "reviews-"+version, 1, 4, target)
		}
		applyScale(ns, "canary.yaml", map[string]string{"STEPS": scaleSteps, "MATCH": "null"})
		applyScale(ns, "version.yaml", map[string]string{"VERSION": "v2"})
		rolledOut(ns, "reviews-v2")
		start = readLoad(ns)
	})
	BeforeEach(func() {
		d = keepDiary(ns, "reviews")
		before = autoscalers(ns)
	})
	AfterEach(func() {
		Expect(autoscalers(ns)).To(Equal(before), "an autoscaler was edited")
		Expect(append(writers(ns), scalers(ns)...)).To(haveEachFromOthers)
	})

	It("at 10 % the stable one gets far more pods, and the share stays [D15 D16]", func() {
		Eventually(d.acknowledged).Should(BeEquivalentTo(10))
		sample(ns, 600, 0.1)
		series(ns, "at 10 %", func(v1, v2 int) bool { return v1 == 4 && v2 == 1 })
	})

	It("a new share is there at once, and the pods follow without an error [D17]", func() {
		_, small := replicas(ns)
		resume(ns)
		Eventually(d.acknowledged).Should(BeEquivalentTo(50))
		_, v2 := replicas(ns)
		Expect(v2).To(Equal(small), "the share waited for pods")
		sample(ns, 300, 0.5)
		series(ns, "at 50 %", func(_, v2 int) bool { return v2 >= 2 })
		resume(ns)
		Eventually(d.acknowledged).Should(BeEquivalentTo(90))
		sample(ns, 300, 0.9)
		series(ns, "at 90 %", func(v1, v2 int) bool { return v2 >= 3 && v1 <= 2 })
		expectNoneFailed(ns, start)
	})

	It("without load both fall to one pod, the Canary waits, and the share is as set for the next request [D18]", func() {
		kubectl("scale", "deployment/load", "--namespace="+ns, "--replicas=0")
		series(ns, "without load", func(v1, v2 int) bool { return v1 == 1 && v2 == 1 })
		Expect(d.now().Status).To(SatisfyAll(HaveField("Phase", v1alpha1.CanaryProgressing), HaveField("Weight.Desired", BeEquivalentTo(90)),
			HaveField("Message", MatchRegexp(`\d+ of 1000000 requests`))))
		kubectl("scale", "deployment/load", "--namespace="+ns, "--replicas=1")
		rolledOut(ns, "load")
		start = readLoad(ns)
		sample(ns, 300, 0.9)
	})

	It("of a focus the distribution stays too, and both outlive the Canary [D15 D22]", func() {
		kubectl("delete", "canary", "reviews", "--namespace="+ns)
		applyScale(ns, "canary.yaml", map[string]string{"STEPS": focusSteps, "MATCH": someBooks})
		d = keepDiary(ns, "reviews")
		Eventually(d.acknowledged).Should(BeEquivalentTo(10))
		series(ns, "at 10 % of the focus", func(v1, v2 int) bool { return v1 == 4 && v2 == 1 })
		sample(ns, 600, 0.1*inFocus)
		resume(ns)
		Eventually(d.acknowledged).Should(BeEquivalentTo(50))
		sample(ns, 300, 0.5*inFocus)
		series(ns, "at 50 % of the focus", func(_, v2 int) bool { return v2 >= 2 })
		sample(ns, 300, 0.5*inFocus)
		expectNoneFailed(ns, start)
		kubectl("delete", "canary", "reviews", "--namespace="+ns)
	})
})

// haveEachFromOthers fits programs that are not weft: who applies, and Kubernetes itself.
var haveEachFromOthers = HaveEach(Or(HavePrefix("kubectl"), Equal("kube-controller-manager")))

// resume ends the pause of a step, as soon as the step is in it.
func resume(ns string) {
	GinkgoHelper()
	kubectl("wait", "canary/reviews", "--namespace="+ns, "--for=jsonpath={.status.pause.by}", "--timeout=60s")
	weft("canary", "resume", "reviews", "--namespace="+ns)
}
