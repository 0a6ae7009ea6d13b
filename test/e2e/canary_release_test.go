package e2e

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// The steps of one release. The first two are long enough for a sample of shareSample requests each.
const (
	steps       = "[{weight: 5, duration: 30s, minRequests: 20}, {weight: 20, duration: 30s, minRequests: 50}, {weight: 50, duration: 5s, minRequests: 50}]"
	badSteps    = "[{weight: 20, duration: 20s, minRequests: 50}, {weight: 50, duration: 20s, minRequests: 50}]"
	shareSample = 2000
	sigmas      = 3.5 // a share that is right fails once in 2000 runs
	// rounding is by how much a step may look shorter: the times in a status are rounded down.
	rounding = time.Second
)

var _ = Describe("a release", Ordered, func() {
	var ns string
	BeforeAll(func() { ns = newShop() })

	It("is promoted step by step, and nothing but traffic changes [D01 D02 D11 D13]", func() {
		d := release(ns, "v1", "v2", steps, "")
		rolledOut(ns, "reviews-v2")
		before := untouched(ns)
		start := readLoad(ns)

		for _, weight := range []int{5, 20} {
			By(fmt.Sprintf("%d %% as the load sees it", weight))
			Eventually(d.acknowledged).Should(BeEquivalentTo(weight))
			from := readLoad(ns)
			cluster := ns + "/reviews/8080/version="
			Expect(splitsOf(ns, "frontend", "reviews")).To(Equal([][]weightedCluster{{{cluster + "v1", 100 - weight}, {cluster + "v2", weight}}}))
			var to loadSummary
			Eventually(func() int {
				to = readLoad(ns)
				return to.Succeeded - from.Succeeded
			}).WithPolling(time.Second).Should(BeNumerically(">=", shareSample))
			Expect(d.acknowledged()).To(BeEquivalentTo(weight), "the sample was taken too late")
			expectShare(to.answered("v2")-from.answered("v2"), to.Succeeded-from.Succeeded, float64(weight)/100)
		}

		By("100 % in the end")
		Eventually(d.phase).Should(Equal(v1alpha1.CanaryPromoted))
		weights, since := d.walk()
		AddReportEntry("walk", fmt.Sprint(weights, since))
		Expect(weights).To(Equal([]int32{0, 5, 20, 50, 100}))
		Expect(since[2].Sub(since[1])).To(BeNumerically(">=", 30*time.Second-rounding))
		Expect(since[3].Sub(since[2])).To(BeNumerically(">=", 30*time.Second-rounding))
		Expect(untouched(ns)).To(Equal(before))
		onlyVersion(ns, "v2")

		end := readLoad(ns)
		Expect(end.Failed-start.Failed).To(BeZero(), "%v", end.Failures)
		for _, caller := range []string{"load", "frontend"} {
			Expect(retries(ns, caller)).To(BeZero(), caller)
		}
	})

	It("is rolled back at 20 % within 10 s, and the same revision is not tried again [D03 D24]", func() {
		d := release(ns, "v2", "v3", badSteps, "error-rate=0.5")
		Eventually(d.phase).Should(Equal(v1alpha1.CanaryRolledBack))
		s := d.now().Status
		Expect(s.Weight.Desired).To(BeZero())
		Expect(s.Proxies.Acknowledged).To(Equal(s.Proxies.Total))
		Expect(s.Message).To(MatchRegexp(`mostly 5xx: \d+ of \d+ requests to the new version failed, 0 of \d+ to the stable one`))
		Expect(s.LastVerdict.Weight).To(BeEquivalentTo(20))
		Expect(s.Rejected).To(Equal(s.Run.Revision))

		By("all requests go to the old version, soon after the verdict")
		verdict := d.since(func(s v1alpha1.CanaryStatus) bool {
			return s.LastVerdict != nil && s.LastVerdict.Result == v1alpha1.VerdictFail
		})
		onlyVersion(ns, "v2")
		took := time.Since(verdict)
		AddReportEntry("from the verdict until the load has seen no other version", took)
		Expect(took).To(BeNumerically("<=", 10*time.Second))

		By("looking again changes nothing")
		kubectl("annotate", "canary", "reviews", "--namespace="+ns, "again=please")
		Consistently(func() v1alpha1.CanaryStatus { return d.now().Status }).WithTimeout(5 * time.Second).Should(
			SatisfyAll(HaveField("Phase", v1alpha1.CanaryRolledBack), HaveField("Weight.Desired", BeZero())))

		By("applying it again changes nothing")
		kubectl("delete", "deployment", "reviews-v3", "--namespace="+ns)
		kubectl("wait", "--namespace="+ns, "--for=delete", "pods", "--selector=version=v3", "--timeout=60s")
		applyCanary(ns, "version.yaml", map[string]string{"VERSION": "v3", "FAULT": "error-rate=0.5"})
		rolledOut(ns, "reviews-v3")
		Expect(field(ns, "pods", "version=v3", `{.items[*].metadata.labels.pod-template-hash}`)).To(HaveExactElements(s.Rejected))
		Eventually(getFrom).WithArguments(ns, "frontend", "http://127.0.0.1:15000/clusters").Should(ContainSubstring(
			ns+"/reviews/8080/version=v3::10."), "the proxies don't know it yet")
		Consistently(func() v1alpha1.CanaryStatus { return d.now().Status }).WithTimeout(5 * time.Second).Should(
			SatisfyAll(HaveField("Phase", v1alpha1.CanaryRolledBack), HaveField("Weight.Desired", BeZero()), HaveField("Rejected", s.Rejected)))
		onlyVersion(ns, "v2")
		weights, _ := d.walk()
		Expect(weights[len(weights)-2:]).To(Equal([]int32{20, 0}))
		kubectl("delete", "deployment", "reviews-v3", "--namespace="+ns)
	})

	It("is aborted by a person [D03]", func() {
		start := readLoad(ns)
		d := release(ns, "v2", "v4", badSteps, "")
		Eventually(d.acknowledged).Should(BeEquivalentTo(20))
		weft("canary", "abort", "reviews", "--namespace="+ns)
		Eventually(d.phase).Should(Equal(v1alpha1.CanaryRolledBack))
		Expect(d.now().Status.LastCommand).To(HaveField("Action", v1alpha1.ActionAbort))
		Expect(d.now().Status.LastCommand.Actor).NotTo(BeEmpty())
		onlyVersion(ns, "v2")
		Expect(readLoad(ns).Failed - start.Failed).To(BeZero())
		kubectl("delete", "deployment", "reviews-v4", "--namespace="+ns)
	})
})

// release applies a Canary and then the new version, as a team would. The diary begins between the two.
func release(ns, stable, next, steps, fault string) *diary {
	GinkgoHelper()
	applyCanary(ns, "canary.yaml", map[string]string{"STABLE": stable, "CANARY": next, "STEPS": steps})
	d := keepDiary(ns, "reviews")
	applyCanary(ns, "version.yaml", map[string]string{"VERSION": next, "FAULT": fault})
	return d
}

// onlyVersion expects that one version answers all requests from now on. What was in flight may still arrive.
func onlyVersion(ns, version string) {
	GinkgoHelper()
	was := readLoad(ns)
	Eventually(func(g Gomega) {
		now := readLoad(ns)
		all, its := now.Succeeded-was.Succeeded, now.answered(version)-was.answered(version)
		was = now
		g.Expect(all).To(BeNumerically(">", 100))
		g.Expect(its).To(Equal(all))
	}).WithTimeout(15 * time.Second).WithPolling(2 * time.Second).Should(Succeed())
}

// expectShare compares a measured share with the interval of a binomial distribution.
func expectShare(hits, of int, share float64) {
	GinkgoHelper()
	expected := share * float64(of)
	allowed := sigmas * math.Sqrt(float64(of)*share*(1-share))
	AddReportEntry("share", fmt.Sprintf("%d of %d, expected %.0f ± %.0f", hits, of, expected, allowed))
	Expect(float64(hits)).To(BeNumerically("~", expected, allowed), "of %d", of)
}

// untouched is what a release must leave as it is: specs, and which programs have written to an object. A Service has no
// status that changes, so its version stays too.
func untouched(ns string) (lines []string) {
	GinkgoHelper()
	for kind, version := range map[string]string{"deployments": "", "services": "{.metadata.resourceVersion}", "canaries.weft.dev": ""} {
		get := func(each string) string {
			path := "{range .items[*]}{.kind}/{.metadata.name} " + each + `{"\n"}{end}`
			return kubectl("get", kind, "--namespace="+ns, "--show-managed-fields", "--output=jsonpath="+path)
		}
		lines = append(lines, get("{.metadata.uid} {.metadata.generation} {.spec} "+version))
		// Their order is that of their times, which a status changes.
		for managers := range strings.Lines(get("{range .metadata.managedFields[*]} {.manager}:{.operation}:{.subresource}{end}")) {
			words := strings.Fields(managers)
			slices.Sort(words)
			lines = append(lines, strings.Join(words, " "))
		}
	}
	slices.Sort(lines)
	return lines
}
