package e2e

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

var _ = Describe("a new version without a known fault", func() {
	It("is taken back at the deadline if nobody calls it, and promoted if somebody does [D24]", func() {
		loadBookstore()
		ns := newMeshNamespace()
		services := []badVersion{{name: "silent"}, {name: "called"}}
		for _, v := range services {
			applyCanary(ns, "pair.yaml", v.values())
			kubectl("patch", "canary", v.name, "--namespace="+ns, "--type=merge",
				`--patch={"spec": {"stepDeadline": "15s", "steps": [{"weight": 20, "duration": "1s", "minRequests": 20}]}}`)
		}
		kubectl("delete", "deployment", "silent-caller", "--namespace="+ns)
		diaries := map[string]*diary{}
		for _, v := range services {
			rolledOut(ns, v.name+"-v1")
			diaries[v.name] = keepDiary(ns, v.name)
		}
		rolledOut(ns, "called-caller")
		for _, v := range services {
			applyCanary(ns, "bad.yaml", v.values())
		}

		silent := diaries["silent"]
		Eventually(silent.phase).WithTimeout(90 * time.Second).Should(Equal(v1alpha1.CanaryRolledBack))
		s := silent.now().Status
		Expect(s.LastVerdict).To(HaveField("Result", v1alpha1.VerdictInconclusive))
		Expect(s.History[0].Reason).To(Equal("NoTraffic"))
		Expect(s.Weight).To(SatisfyAll(HaveField("Desired", BeZero()), HaveField("Acknowledged", BeZero())))
		Expect(s.Evidence.Canary.Requests).To(BeZero())
		weights, since := silent.walk()
		Expect(weights).To(Equal([]int32{0, 20, 0}))
		Expect(since[2].Sub(since[1])).To(BeNumerically(">=", 15*time.Second-rounding), "it was not held until the deadline")

		Eventually(diaries["called"].phase).Should(Equal(v1alpha1.CanaryPromoted))
	})
})
