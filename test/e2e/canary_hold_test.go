package e2e

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

const (
	heldSteps   = "[{weight: 5, duration: 10s, minRequests: 20}, {weight: 20, duration: 10s, minRequests: 50}]"
	endlessStep = "[{weight: 20, duration: 1h, minRequests: 0}]"
	// waves is how long a promotion may take on a slow machine.
	waves = 4 * time.Minute
)

var _ = Describe("a release of one Deployment under load", Ordered, func() {
	var ns string
	var start loadSummary
	BeforeAll(func() {
		ns = newHeldShop()
		hold(ns, heldSteps)
	})
	BeforeEach(func() { start = readLoad(ns) })

	It("is promoted in waves with all of its pods, and nobody writes the Deployment [D02 D08 D11]", func() {
		d := keepDiary(ns, "reviews")
		applyCanary(ns, "held.yaml", map[string]string{"VERSION": "v2", "FAULT": ""})
		before := untouched(ns)
		Eventually(func() map[string]int { return versions(ns) }).Should(Equal(map[string]int{"v1": 4, "v2": 1}))
		Expect(field(ns, "pods", "app=reviews", `{.items[?(@.spec.readinessGates)].status.conditions[?(@.type=="Ready")].status}`)).To(HaveExactElements("False"))
		Eventually(d.acknowledged).Should(BeEquivalentTo(20))
		Expect(versions(ns)).To(Equal(map[string]int{"v1": 4, "v2": 1}))

		Eventually(d.phase).WithTimeout(waves).Should(Equal(v1alpha1.CanaryPromoted), "%s", d.now().Status.Message)
		Expect(versions(ns)).To(Equal(map[string]int{"v2": 4}))
		weights, since := d.walk()
		AddReportEntry("walk", fmt.Sprint(weights, since))
		Expect(weights).To(Equal([]int32{0, 5, 20, 25, 50, 75, 100}))
		onlyVersion(ns, "v2")
		Expect(untouched(ns)).To(Equal(before))
		expectNoneFailed(ns, start)
	})

	It("is rolled back, gets no more pods, and a revert is all it takes [D03]", func() {
		d := keepDiary(ns, "reviews")
		applyCanary(ns, "held.yaml", map[string]string{"VERSION": "v3", "FAULT": "error-rate=0.5"})
		Eventually(d.phase).WithTimeout(2 * time.Minute).Should(Equal(v1alpha1.CanaryRolledBack))
		Eventually(func() map[string]int { return versions(ns) }).Should(Equal(map[string]int{"v2": 4}))
		onlyVersion(ns, "v2")
		Expect(d.now().Status.Rejected).To(Equal(d.now().Status.Run.Revision))
		Eventually(func() string {
			return kubectl("get", "replicasets", "--namespace="+ns, `--output=jsonpath={.items[*].status.conditions[?(@.type=="ReplicaFailure")].message}`)
		}).Should(ContainSubstring("revision " + d.now().Status.Rejected + " of Deployment reviews was rolled back"))
		Consistently(func() map[string]int { return versions(ns) }).WithTimeout(10 * time.Second).Should(Equal(map[string]int{"v2": 4}))

		applyCanary(ns, "held.yaml", map[string]string{"VERSION": "v2", "FAULT": ""})
		rolledOut(ns, "reviews")
		kubectl("wait", "canary/reviews", "--namespace="+ns, "--for=condition=Ready", "--timeout=30s")
	})

	It("pauses by command, and ends with kubectl rollout undo [D08]", func() {
		d := keepDiary(ns, "reviews")
		applyCanary(ns, "held.yaml", map[string]string{"VERSION": "v4", "FAULT": ""})
		Eventually(d.acknowledged).Should(BeEquivalentTo(5))
		weft("canary", "pause", "reviews", "--namespace="+ns)
		Eventually(func() *v1alpha1.CanaryPause { return d.now().Status.Pause }).ShouldNot(BeNil())
		Consistently(d.acknowledged).WithTimeout(20 * time.Second).Should(BeEquivalentTo(5))
		kubectl("rollout", "undo", "deployment/reviews", "--namespace="+ns)
		Eventually(func() map[string]int { return versions(ns) }).Should(Equal(map[string]int{"v2": 4}))
		Eventually(d.phase).Should(Equal(v1alpha1.CanaryRolledBack))
		rolledOut(ns, "reviews")
		expectNoneFailed(ns, start)
	})

	It("goes on without us when the Canary is deleted", func() {
		d := keepDiary(ns, "reviews")
		applyCanary(ns, "held.yaml", map[string]string{"VERSION": "v5", "FAULT": ""})
		Eventually(d.acknowledged).Should(BeEquivalentTo(5))
		kubectl("delete", "canary", "reviews", "--namespace="+ns)
		rolledOut(ns, "reviews")
		Expect(versions(ns)).To(Equal(map[string]int{"v5": 4}))
		expectNoneFailed(ns, start)
	})
})

var _ = Describe("a held Deployment", Serial, Ordered, func() {
	var ns string
	BeforeAll(func() {
		ns = newHeldShop()
		kubectl("delete", "deployment", "load", "--namespace="+ns)
		hold(ns, endlessStep)
		applyCanary(ns, "held.yaml", map[string]string{"VERSION": "v2", "FAULT": ""})
		Eventually(func() map[string]int { return versions(ns) }).Should(Equal(map[string]int{"v1": 4, "v2": 1}))
	})

	It("keeps all stable pods through resizes to two, one, nothing and back [D11]", func() {
		for _, n := range []int{2, 1, 0, 4} {
			kubectl("scale", "deployment/reviews", "--namespace="+ns, "--replicas="+strconv.Itoa(n))
			Eventually(func() int { return versions(ns)["v1"] }).WithTimeout(time.Minute).Should(Equal(n), "at size %d", n)
			Consistently(func() int { return versions(ns)["v1"] }).WithTimeout(3*time.Second).Should(Equal(n), "at size %d", n)
		}
	})

	It("lets no version by while no operator runs, and is whole again afterwards [D19]", func() {
		back := loseOperators()
		applyCanary(ns, "held.yaml", map[string]string{"VERSION": "v3", "FAULT": ""})
		Consistently(func() int { return versions(ns)["v3"] }).WithTimeout(10 * time.Second).Should(BeZero())
		back()
		Eventually(func() map[string]int { return versions(ns) }).WithTimeout(2 * time.Minute).Should(Equal(map[string]int{"v1": 4, "v3": 1}))
	})

	It("is refused as a StatefulSet, and with the strategy Recreate [D12]", func() {
		kubectl("delete", "canary", "reviews", "--namespace="+ns)
		rolledOut(ns, "reviews")
		applyCanary(ns, "held-canary.yaml", map[string]string{"KIND": "StatefulSet", "STEPS": endlessStep})
		expectRefused(ns, "reviews", "KindNotHeld")
		kubectl("patch", "deployment", "reviews", "--namespace="+ns, `--patch={"spec":{"strategy":{"type":"Recreate","rollingUpdate":null}}}`)
		applyCanary(ns, "held-canary.yaml", map[string]string{"KIND": "Deployment", "STEPS": endlessStep})
		expectRefused(ns, "reviews", "StrategyRecreate")
	})
})

// newHeldShop is the bookstore under load, with reviews as one Deployment of four pods of v1.
func newHeldShop() string {
	GinkgoHelper()
	loadBookstore()
	ns := newMeshNamespace()
	applyCanary(ns, "held.yaml", map[string]string{"VERSION": "v1", "FAULT": ""})
	applyCanary(ns, "shop.yaml", nil)
	for _, name := range []string{"ratings", "reviews", "frontend", "load"} {
		rolledOut(ns, name)
	}
	Eventually(func() int { return readLoad(ns).Succeeded }).Should(BeNumerically(">", 100))
	return ns
}

// hold makes the Canary and waits until it knows the stable version.
func hold(ns, steps string) {
	GinkgoHelper()
	applyCanary(ns, "held-canary.yaml", map[string]string{"KIND": "Deployment", "STEPS": steps})
	Eventually(func() string {
		return kubectl("get", "canary", "reviews", "--namespace="+ns, "--output=jsonpath={.status.hold.stableHashes[0]}")
	}).WithTimeout(30 * time.Second).ShouldNot(BeEmpty())
}

// versions counts the pods of each version of reviews, but for those that are on their way out.
func versions(ns string) map[string]int {
	GinkgoHelper()
	const path = `{range .items[*]}{.metadata.deletionTimestamp}/{.spec.containers[?(@.name=="it")].env[?(@.name=="VERSION")].value}{"\n"}{end}`
	out := map[string]int{}
	for _, line := range strings.Fields(kubectl("get", "pods", "--selector=app=reviews", "--namespace="+ns, "--output=jsonpath="+path)) {
		if deleted, version, _ := strings.Cut(line, "/"); deleted == "" {
			out[version]++
		}
	}
	return out
}

func expectNoneFailed(ns string, start loadSummary) {
	GinkgoHelper()
	end := readLoad(ns)
	Expect(end.Failed-start.Failed).To(BeZero(), "%v", end.Failures)
}
