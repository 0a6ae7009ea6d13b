//go:build soak

package e2e

import (
	"fmt"
	"math"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

const (
	scaleEvery   = 15 * time.Second
	minuteSteps  = "[{weight: 5, duration: 60s, minRequests: 20}, {weight: 20, duration: 60s, minRequests: 50}, {weight: 50, duration: 60s, minRequests: 50}]"
	allowedDelay = 0.05
)

var _ = Describe("an autoscaler that changes both versions every 15 seconds", Serial, func() {
	It("costs a run no time and no request, and weft writes no size [D11 D15, scenario 9]", func() {
		ns := newWorkingShop("version.yaml", map[string]string{"VERSION": "v1"})
		for _, version := range []string{"v1", "v2"} {
			autoscale(ns, "reviews-"+version, 2, 4, 1000) // never reached: the least size decides
		}
		calm := runOnce(ns, func() {})
		scale := func(size int) {
			for _, version := range []string{"v1", "v2"} {
				kubectl("patch", "hpa", "reviews-"+version, "--namespace="+ns, fmt.Sprintf(`--patch={"spec": {"minReplicas": %d}}`, size))
			}
		}
		for range courseRounds {
			size := 2
			scaled := runOnce(ns, func() {
				size = 5 - size // 3 and 2 by turns
				scale(size)
			})
			AddReportEntry("duration", fmt.Sprintf("%s calm, %s with events", calm, scaled))
			Expect(math.Abs(scaled.Seconds() - calm.Seconds())).To(BeNumerically("<=", allowedDelay*calm.Seconds()))
			scale(2)
		}
		Expect(append(writers(ns), scalers(ns)...)).To(haveEachFromOthers)
		Expect(retries(ns, "frontend")).To(BeZero())
	})
})

// runOnce releases v2 beside v1, and takes it away again. The event comes every 15 seconds of the run.
func runOnce(ns string, event func()) time.Duration {
	GinkgoHelper()
	applyScale(ns, "canary.yaml", map[string]string{"STEPS": minuteSteps, "MATCH": "null"})
	d, start := keepDiary(ns, "reviews"), readLoad(ns)
	applyScale(ns, "version.yaml", map[string]string{"VERSION": "v2"})
	rolledOut(ns, "reviews-v2")
	Eventually(func() [2]int { v1, v2 := replicas(ns); return [2]int{v1, v2} }).Should(Equal([2]int{2, 2}))
	next, last := time.Now(), ""
	Eventually(func() v1alpha1.CanaryPhase {
		if time.Now().After(next) {
			next = next.Add(scaleEvery)
			event()
		}
		if m := d.now().Status.Message; m != last {
			GinkgoWriter.Println(time.Now().Format(time.TimeOnly), m)
			last = m
		}
		return d.phase()
	}).WithTimeout(10 * time.Minute).WithPolling(time.Second).Should(Equal(v1alpha1.CanaryPromoted))
	sample(ns, 300, 1)
	expectNoneFailed(ns, start)
	weights, since := d.walk()
	AddReportEntry("walk", fmt.Sprint(weights, since))
	kubectl("delete", "canary", "reviews", "--namespace="+ns)
	kubectl("delete", "deployment", "reviews-v2", "--namespace="+ns)
	kubectl("wait", "pods", "--for=delete", "--selector=version=v2", "--namespace="+ns, "--timeout=60s")
	return since[len(since)-1].Sub(since[len(since)-4])
}
