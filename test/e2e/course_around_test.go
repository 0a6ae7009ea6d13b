//go:build soak

package e2e

import (
	"fmt"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// theSurroundings are other things that happen around a release.
func theSurroundings(shop **course) {
	It("is not disturbed by a GitOps tool that applies all again every few seconds, and shows it no drift (canary.md 3)", func() {
		c := *shop
		c.costs("all applied again and again", func() {
			p := plan{steps: "[{weight: 20, duration: 25s, minRequests: 50}, {weight: 50, duration: 5s, minRequests: 50}]"}
			c.release(p, "")
			git := c.repository(p)
			apply := []string{"apply", "--server-side", "--force-conflicts", "--field-manager=gitops", "--namespace=" + c.ns, "--filename=-"}
			must(git, "kubectl", apply...)
			before := untouched(c.ns)
			stop := repeat(3*time.Second, func() { must(git, "kubectl", apply...) })
			c.at(20)
			from := readLoss(c.ns)
			var to lossCount
			Eventually(func() int {
				to = readLoss(c.ns)
				return to.Succeeded - from.Succeeded
			}).WithPolling(time.Second).Should(BeNumerically(">=", shareSample))
			Expect(c.acknowledged()).To(BeEquivalentTo(20), "the sample was taken too late")
			expectShare(to.answered(c.version)-from.answered(c.version), to.Succeeded-from.Succeeded, 0.20)
			c.reach(v1alpha1.CanaryPromoted)
			note("all applied again and again", "%d times", stop())

			By("showing no drift, and no second run")
			must(git, "kubectl", append([]string{"diff"}, apply[1:]...)...)
			Expect(untouched(c.ns)).To(Equal(before))
			runs, revision := map[string]bool{}, c.revisionOf(c.version)
			for _, e := range c.all() {
				if r := e.canary.Status.Run; r != nil && r.Revision == revision {
					runs[r.StartedAt.String()] = true
				}
			}
			Expect(runs).To(HaveLen(1))
			kubectl("delete", "httproute", "reviews", "--namespace="+c.ns)
			c.promoted()
		})
	})
}

// repository is all that Git has of reviews.
func (c *course) repository(p plan) string {
	GinkgoHelper()
	docs := []string{`{apiVersion: v1, kind: Service, metadata: {name: reviews}, spec: {selector: {app: reviews},
		ports: [{name: http, port: 8080, targetPort: 8080, appProtocol: http}]}}`,
		`{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: reviews}, spec: {
		parentRefs: [{group: "", kind: Service, name: reviews}], rules: [{backendRefs: [{name: reviews, port: 8080}]}]}}`}
	docs = append(docs, filled("course/canary.yaml", p.values("reviews", c.workloads())))
	if c.held {
		docs = append(docs, filled("course/held.yaml", map[string]string{"VERSION": c.version, "FAULT": ""}))
	} else {
		for label, version := range map[string]string{c.stable: c.answers(), c.next: c.version} {
			docs = append(docs, filled("course/version.yaml", c.workload(label, version, "", 1)))
		}
	}
	return strings.Join(docs, "\n---\n")
}

// theLone are cases of two workloads only.
func theLone(shop **course) {
	It("lets a fix have all requests when the stable version is broken, too (canary.md 10)", func() {
		c := *shop
		c.costs("stable broken, fix pushed", func() {
			c.release(plan{steps: walked}, "")
			c.reach(v1alpha1.CanaryPromoted)
			kubectl("scale", "deployment", "reviews-"+c.stable, "--namespace="+c.ns, "--replicas=0")
			Eventually(func() []string { return c.podsOf(c.stable) }).Should(BeEmpty())
			c.goesBad()
			before := c.now().Status.Run.Revision
			c.push("")
			fix := c.version
			Eventually(func() string { return c.now().Status.Promoted + c.now().Status.Run.Revision }).
				WithTimeout(2 * time.Minute).Should(And(HavePrefix(c.revisionOf(fix)), Not(ContainSubstring(before))))
			Expect(c.now().Status.Weight.Acknowledged).To(BeEquivalentTo(100))
			onlyVersion(c.ns, fix)
			for _, e := range c.all() {
				if s := e.canary.Status; s.Phase == v1alpha1.CanaryPromoted {
					Expect(s.Weight.Desired).To(BeEquivalentTo(100), "requests were sent to a version without pods")
				}
			}
			kubectl("delete", "deployment", "reviews-"+c.stable, "--namespace="+c.ns, "--wait=false")
			c.stable = c.next
		})
	})

	It("promotes nothing that nobody calls, unless the spec asks for it (canary.md 6)", func() {
		c := *shop
		c.costs("no traffic", func() {
			c.announce(plan{steps: stayedAtFirst})
			quiet := map[string]*diary{}
			for name, wish := range map[string]string{"quiet-back": "Rollback", "quiet-hold": "Hold", "quiet-on": "Promote"} {
				apply(c.ns, `{apiVersion: v1, kind: Service, metadata: {name: `+name+`}, spec: {selector: {app: reviews},
					ports: [{name: http, port: 8080, targetPort: 8080, appProtocol: http}]}}`)
				p := plan{steps: "[{weight: 20, duration: 1s, minRequests: 20}]", deadline: "20s", inconclusive: wish}
				applyCourse(c.ns, "canary.yaml", p.values(name, c.workloads()))
				quiet[name] = keepDiary(c.ns, name)
				Eventually(quiet[name].phase).Should(Equal(v1alpha1.CanaryWaiting), name)
			}
			c.push("")
			c.at(20)
			for name, d := range quiet {
				Eventually(d.verdict).WithTimeout(2*time.Minute).Should(Equal(v1alpha1.VerdictInconclusive), name)
				weights, since := d.walk()
				Expect(weights[:2]).To(Equal([]int32{0, 20}), name)
				decided := d.since(func(s v1alpha1.CanaryStatus) bool { return s.LastVerdict != nil })
				Expect(decided.Sub(since[1])).To(BeNumerically(">=", 20*time.Second-rounding), "%s was not held until the deadline", name)
			}
			Eventually(quiet["quiet-back"].phase).Should(Equal(v1alpha1.CanaryRolledBack))
			Expect(quiet["quiet-back"].now().Status.History[0].Reason).To(Equal("NoTraffic"))
			Eventually(quiet["quiet-on"].phase).Should(Equal(v1alpha1.CanaryPromoted))
			Expect(quiet["quiet-hold"].now().Status).To(And(
				HaveField("Phase", v1alpha1.CanaryProgressing), HaveField("Weight.Desired", BeEquivalentTo(20))))
			for name := range quiet {
				kubectl("delete", "canary,service", name, "--namespace="+c.ns)
			}
			weft("canary", "abort", "reviews", "--namespace="+c.ns)
			c.returned()
		})
	})

	It("control: without a Canary the same bad version costs requests", func() {
		c := *shop
		kubectl("delete", "canary", "reviews", "--namespace="+c.ns, "--ignore-not-found")
		c.next = "v" + fmt.Sprint(c.made+1)
		was := readLoss(c.ns)
		c.push("error-rate=0.5")
		rolledOut(c.ns, "reviews-"+c.next)
		Eventually(func() int { return readLoss(c.ns).since(was).failedIn()[c.version] }).Should(BeNumerically(">", 100))
		c.report("control: no Canary", readLoss(c.ns).since(was))
		c.takeAway()
	})
}

func (d *diary) verdict() v1alpha1.VerdictResult {
	if v := d.now().Status.LastVerdict; v != nil {
		return v.Result
	}
	return ""
}
