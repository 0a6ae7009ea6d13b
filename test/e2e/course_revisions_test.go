//go:build soak

package e2e

import (
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// withPause are steps of which the first is as long as a case likes, and the last waits for a person.
const (
	firstOfPause = "[{weight: 20, duration: 10m, minRequests: 50}, {weight: 50, duration: 1s, minRequests: 50, pause: {}}]"
	lastOfPause  = "[{weight: 20, duration: 1s, minRequests: 50}, {weight: 50, duration: 10m, minRequests: 50, pause: {}}]"
	paused       = "[{weight: 20, duration: 1s, minRequests: 50}, {weight: 50, duration: 1s, minRequests: 50, pause: {}}]"
)

// theNewRevisions are pushed in each phase of the run before.
func theNewRevisions(shop **course) {
	It("judges a new revision that comes in any phase from 0 % on (canary.md 7)", func() {
		c := *shop
		c.costs("new revision at the first step", func() {
			c.release(plan{steps: firstOfPause}, "")
			c.at(20)
			c.supersede("")
		})
		c.costs("new revision at the last step", func() {
			c.want(plan{steps: lastOfPause})
			c.at(50)
			c.want(plan{steps: firstOfPause})
			c.supersede("")
		})
		c.costs("new revision in a pause", func() {
			c.want(plan{steps: paused})
			c.untilPaused()
			c.want(plan{steps: firstOfPause})
			c.supersede("")
		})
		c.costs("new revision in a promotion", func() {
			c.want(plan{steps: paused})
			c.untilPaused()
			c.want(plan{steps: firstOfPause})
			wake := c.silence("bystander")
			weft("canary", "resume", "reviews", "--namespace="+c.ns)
			Eventually(c.promoting).WithPolling(pollEvery).Should(BeTrue(), c.stands)
			c.supersede("", wake)
		})
		c.costs("new revision after a rollback", func() {
			c.goesBad()
			c.reach(v1alpha1.CanaryRolledBack)
			c.want(plan{steps: walked})
			c.supersede("")
			c.promoted()
		})
	})
}

func (c *course) untilPaused() {
	GinkgoHelper()
	Eventually(func() *v1alpha1.CanaryPause { return c.now().Status.Pause }).WithTimeout(2 * time.Minute).WithPolling(pollEvery).ShouldNot(BeNil())
}

// promoting says that a version is on its way to all requests, or, with one Deployment, to all pods.
func (c *course) promoting() bool {
	s := c.now().Status
	return s.Weight.Desired > 50 || s.Hold != nil && s.Hold.Wave > 0
}

// supersede pushes a new revision and follows it to its first step. What should happen in between happens after the push.
func (c *course) supersede(fault string, then ...func()) {
	GinkgoHelper()
	before := c.now().Status.Run.Revision
	c.push(fault)
	version, revision := c.version, ""
	Eventually(func() string {
		revision = c.revisionOf(version)
		return revision
	}).ShouldNot(BeEmpty())
	began := func() bool {
		return slices.ContainsFunc(c.all(), func(e entry) bool {
			s := e.canary.Status
			return s.Run != nil && s.Run.Revision == revision && s.Weight.Desired > 0
		})
	}

	By("giving " + version + " nothing before it has a share")
	for _, do := range then {
		do()
	}
	Eventually(func() bool {
		got := readLoss(c.ns).answered(version)
		if !began() {
			Expect(got).To(BeZero(), "%s was asked before it had a share", version)
			return false
		}
		return true
	}).WithTimeout(2*time.Minute).WithPolling(pollEvery).Should(BeTrue(), c.stands)
	c.at(20)

	By("finding weight 0, acknowledged by all, between " + before + " and " + revision)
	var zero bool
	for _, e := range c.all() {
		s := e.canary.Status
		switch {
		case s.Run == nil:
		case s.Run.Revision == revision && s.Weight.Desired > 0:
			Expect(zero).To(BeTrue(), "the share of %s was not taken back before %s got one", before, revision)
			Expect(s.Weight.Desired).To(BeEquivalentTo(20), "more than the first step before it is judged")
		case s.Weight.Desired > 0:
			zero = false
		case s.AcknowledgedAt != nil && s.Proxies != nil:
			zero = s.Weight.Acknowledged == 0 && s.Proxies.Acknowledged == s.Proxies.Total
		}
	}
}

// revisionOf is the pod-template-hash of a version, empty while there is none.
func (c *course) revisionOf(version string) string {
	GinkgoHelper()
	const path = `{range .items[*]}{.spec.template.spec.containers[0].env[?(@.name=="VERSION")].value}/{.metadata.labels.pod-template-hash} {end}`
	for _, line := range field(c.ns, "replicasets", "app=reviews", path) {
		if len(line) > len(version) && line[:len(version)+1] == version+"/" {
			return line[len(version)+1:]
		}
	}
	return ""
}

// silence stops the proxy of a Deployment's only pod, which stays alive.
func (c *course) silence(deployment string) (wake func()) {
	GinkgoHelper()
	pod := field(c.ns, "pods", "app="+deployment, "{.items[0].metadata.name}")[0]
	process := envoyPID(c.ns, pod)
	Expect(process).NotTo(BeEmpty())
	onNodeOf(c.ns, pod, "kill -STOP "+process)
	wake = func() {
		if _, err := run("", "kubectl", "get", "pod", pod, "--namespace="+c.ns); err == nil {
			onNodeOf(c.ns, pod, "kill -CONT "+process)
		}
	}
	DeferCleanup(wake)
	return wake
}
