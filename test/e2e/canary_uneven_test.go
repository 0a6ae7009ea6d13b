package e2e

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/rollout"
)

// unevenVersion does its wrong thing to all requests a little, to some of them, on some pods, or after a while.
type unevenVersion struct {
	badVersion
	rate string // requests a second; empty: those of pair.yaml
	spec string // of the Canary, in JSON
	four bool   // it has four pods
	// reason of the end, and what its verdict says.
	reason, says string
}

var unevenVersions = []unevenVersion{
	{
		badVersion: badVersion{name: "slow", about: "takes 300 ms longer, by durations chosen from the stable version", fault: "slow=1/300ms"},
		spec:       `{"analysis": {"latency": {"warmUp": "5s"}}}`,
		reason:     rollout.ReasonLatency, says: "requests to the new version took longer than",
	},
	{
		badVersion: badVersion{name: "rarely", about: "is slow for one request in fifty", fault: "slow=0.02/700ms"},
		rate:       "100",
		spec:       `{"analysis": {"latencyObjective": "500ms", "latency": {"warmUp": "5s"}}, "steps": [{"weight": 50, "duration": "2m"}]}`,
		reason:     rollout.ReasonLatency, says: "requests to the new version took longer than 500ms",
	},
	{
		// Every other request fails, so callers do not leave the pod out.
		badVersion: badVersion{name: "partly", about: "fails on one pod of four", fault: "error-rate=0.5,on=-0"},
		four:       true,
		spec:       `{"stepDeadline": "40s"}`,
		reason:     rollout.ReasonOnePodFailing, says: "; pod partly-v2-0 has 100 % of those of the new version",
	},
	{
		badVersion: badVersion{name: "leaks", about: "is good at first and goes bad", fault: "error-rate=0.5,leak=30s"},
		spec:       `{"steps": [{"weight": 20, "duration": "3m"}]}`,
		reason:     rollout.ReasonErrorRate, says: "mostly 5xx:",
	},
}

// All of them are judged at the same time; they begin one after the other, since pods that start together keep callers of the
// stable version waiting.
var _ = Describe("the judge of uneven faults", Ordered, func() {
	var ns string
	diaries := map[string]*diary{}
	BeforeAll(func() {
		loadBookstore()
		ns = newMeshNamespace()
		for _, v := range unevenVersions {
			v.applyStable(ns)
		}
		for _, v := range unevenVersions {
			rolledOut(ns, v.name+"-v1")
			rolledOut(ns, v.name+"-caller")
			diaries[v.name] = keepDiary(ns, v.name)
		}
		for _, v := range unevenVersions {
			v.applyNew(ns)
		}
	})

	for _, v := range unevenVersions {
		It("takes back a version that "+v.about+" [D24]", func() { v.isTakenBack(diaries[v.name], 3*time.Minute) })
	}
})

func (v unevenVersion) values() map[string]string {
	values := v.badVersion.values()
	if v.rate != "" {
		values["RATE"] = v.rate
	}
	return values
}

func (v unevenVersion) applyStable(ns string) {
	GinkgoHelper()
	applyCanary(ns, "pair.yaml", v.values())
	kubectl("patch", "canary", v.name, "--namespace="+ns, "--type=merge", `--patch={"spec": `+v.spec+`}`)
}

func (v unevenVersion) applyNew(ns string) {
	GinkgoHelper()
	file, kind := "bad.yaml", "deployment"
	if v.four {
		file, kind = "four.yaml", "statefulset"
	}
	applyCanary(ns, file, v.values())
	kubectl("rollout", "status", kind+"/"+v.name+"-v2", "--namespace="+ns, "--timeout=2m")
}

// isTakenBack waits for the end of the run. The stable version must not be blamed: none of its requests has failed, and a smaller
// part of them was slow.
func (v unevenVersion) isTakenBack(d *diary, within time.Duration) {
	GinkgoHelper()
	Eventually(d.phase).WithTimeout(within).Should(BeElementOf(v1alpha1.CanaryRolledBack, v1alpha1.CanaryPromoted), "%s", v.name)
	s := d.now().Status
	AddReportEntry(v.name, s.LastVerdict.Message)
	Expect(s.Phase).To(Equal(v1alpha1.CanaryRolledBack), s.Message)
	Expect(s.History[0].Reason).To(Equal(v.reason), s.Message)
	Expect(s.LastVerdict.Message).To(ContainSubstring(v.says))
	Expect(s.Weight.Desired).To(BeZero())
	Expect(s.Rejected).To(Equal(s.Run.Revision))
	Expect(s.LastVerdict.Stable.Errors).To(BeZero(), "the stable version was blamed too: %v", s.LastVerdict.Stable.Reasons)
	worse := 0
	for _, m := range s.LastVerdict.Metrics {
		if m.Canary.Events*m.Stable.Requests > 2*m.Stable.Events*m.Canary.Requests {
			worse++
		}
	}
	Expect(worse).To(BeNumerically(">", 0), "%+v", s.LastVerdict.Metrics)
}
