package e2e

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// Two new versions do nothing wrong that their callers see. The Job of one asks for a page that there is not.
var _ = Describe("a new version that only a Job finds fault with", func() {
	It("is taken back at its first step, and another is promoted [D24]", func() {
		loadBookstore()
		ns := newMeshNamespace()
		pages := map[string]string{"agrees": "/healthz", "objects": "/no-such-page"}
		diaries := map[string]*diary{}
		for name, page := range pages {
			v := badVersion{name: name}.values()
			applyCanary(ns, "pair.yaml", v)
			applyCanary(ns, "tests.yaml", map[string]string{"NAME": name, "PAGE": "http://" + name + ":8080" + page})
			kubectl("patch", "canary", name, "--namespace="+ns, "--type=merge", `--patch={"spec": {
				"steps": [{"weight": 20, "duration": "1s", "minRequests": 20}],
				"analysis": {"metrics": [{"name": "tests", "job": {"cronJob": "`+name+`"}}]}}}`)
		}
		for name := range pages {
			rolledOut(ns, name+"-v1")
			rolledOut(ns, name+"-caller")
			diaries[name] = keepDiary(ns, name)
			applyCanary(ns, "bad.yaml", badVersion{name: name}.values())
		}

		objects := diaries["objects"]
		Eventually(objects.phase).WithTimeout(90 * time.Second).Should(Equal(v1alpha1.CanaryRolledBack))
		s := objects.now().Status
		Expect(s.LastVerdict).To(SatisfyAll(HaveField("Result", v1alpha1.VerdictFail), HaveField("Reason", "Metric")))
		Expect(s.LastVerdict.Message).To(MatchRegexp(`^tests: the Job objects-tests-[0-9a-f]+ failed with exit code 1: .*"status":404`))
		Expect(s.Evidence.Canary.Errors).To(BeZero(), "its callers have seen nothing")
		weights, _ := objects.walk()
		Expect(weights).To(Equal([]int32{0, 20, 0}))
		Expect(field(ns, "jobs", "weft.dev/canary=objects", "{.items[*].status.failed}")).To(Equal([]string{"1"}), "one Job for one step")

		Eventually(diaries["agrees"].phase).Should(Equal(v1alpha1.CanaryPromoted))
		Expect(field(ns, "jobs", "weft.dev/canary=agrees", "{.items[*].status.succeeded}")).To(Equal([]string{"1"}))
		Expect(field(ns, "jobs", "weft.dev/canary=agrees", "{.items[*].metadata.ownerReferences[*].name}")).To(Equal([]string{"agrees"}))
	})
})
