//go:build soak

package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// course is a shop under the full load in which one release of reviews follows the other.
type course struct {
	*diary
	ns      string
	rate    int    // requests a second of the load
	held    bool   // reviews is one Deployment whose rollout is held; else two workloads
	ratings string // URL of what reviews calls, with two workloads
	stable  string // version with all requests; with two workloads it is the label of its pods, too
	next    string // the label of the other workload's pods
	version string // newest version
	made    int    // versions so far
	begin   lossCount
	bad     map[string]bool // versions that may fail
	excused map[string]int  // failures of others that a case allows, by version; "none" stands for no answer
}

// plan is what a case wants of the Canary.
type plan struct {
	steps, deadline, inconclusive string
}

// walked are the steps of the cases that do not wait at one.
const walked = "[{weight: 20, duration: 5s, minRequests: 50}, {weight: 50, duration: 5s, minRequests: 50}]"

// stayed are steps that last as long as a case likes: at the first for ever, or at the last.
const (
	stayedAtFirst = "[{weight: 20, duration: 10m, minRequests: 50}, {weight: 50, duration: 5s, minRequests: 50}]"
	stayedAtLast  = "[{weight: 20, duration: 5s, minRequests: 50}, {weight: 50, duration: 10m, minRequests: 50}]"
)

// fullRate is that of the only shop of a bed.
const fullRate = 210

func newCourse(held bool, rate int) *course {
	GinkgoHelper()
	loadBookstore()
	c := &course{
		ns: newCourseNamespace(), rate: rate, held: held, ratings: "http://127.0.0.1:8083",
		bad: map[string]bool{}, excused: map[string]int{},
	}
	c.version = c.newVersion()
	c.stable = c.version
	names := []string{"ratings", "load", "bystander"}
	if held {
		c.applyHeld("")
		names = append(names, "reviews")
	} else {
		c.next = c.stable
		c.applyVersion("", 1)
		names = append(names, "reviews-"+c.stable)
	}
	applyCourse(c.ns, "shop.yaml", map[string]string{"RATE": strconv.Itoa(rate)})
	applyCourse(c.ns, "bystander.yaml", nil)
	for _, name := range names {
		rolledOut(c.ns, name)
	}
	Eventually(func() lossCount { return readLoss(c.ns) }).Should(And(
		HaveField("Succeeded", BeNumerically(">", 100)),
		HaveField("Stream.Messages", BeNumerically(">", 1)), HaveField("Session.Messages", BeNumerically(">", 1))))
	c.begin = readLoss(c.ns)
	return c
}

// newCourseNamespace has joined the mesh. It lasts longer than a spec.
func newCourseNamespace() string {
	GinkgoHelper()
	name := kubectl("create", "--filename=testdata/namespace.yaml", "--output=jsonpath={.metadata.name}")
	kubectl("label", "namespace", name, "weft.dev/mesh=default")
	kubectl("wait", "--namespace="+name, "--for=create", "configmap/weft-trust", "--timeout=30s")
	return name
}

// form names that of a release.
func form(held bool) string {
	if held {
		return "one Deployment"
	}
	return "two workloads"
}

// end takes the shop away.
func (c *course) end() {
	GinkgoHelper()
	kubectl("delete", "namespace", c.ns, "--wait=false", "--ignore-not-found")
}

func (c *course) newVersion() string {
	c.made++
	return "v" + strconv.Itoa(c.made)
}

// release begins one: the Canary first, then the new version, as a team would.
func (c *course) release(p plan, fault string) {
	GinkgoHelper()
	c.announce(p)
	c.push(fault)
}

// announce applies the Canary of the release that follows.
func (c *course) announce(p plan) {
	GinkgoHelper()
	if !c.held {
		c.next = "v" + strconv.Itoa(c.made+1)
	}
	c.want(p)
	c.diary = keepDiary(c.ns, "reviews")
}

// want applies the Canary.
func (c *course) want(p plan) {
	GinkgoHelper()
	applyCourse(c.ns, "canary.yaml", p.values("reviews", c.workloads()))
	if c.held {
		Eventually(func() string {
			return kubectl("get", "canary", "reviews", "--namespace="+c.ns, "--output=jsonpath={.status.hold.stableHashes[0]}")
		}).ShouldNot(BeEmpty())
	}
}

// workloads are the field of the Canary's spec that says what is judged.
func (c *course) workloads() string {
	if c.held {
		return "targetRef: {kind: Deployment, name: reviews}"
	}
	return fmt.Sprintf("workloads: {stable: {matchLabels: {version: %s}}, canary: {matchLabels: {version: %s}}}", c.stable, c.next)
}

func (p plan) values(name, workloads string) map[string]string {
	out := map[string]string{"NAME": name, "WORKLOADS": workloads, "STEPS": p.steps, "DEADLINE": "12m", "INCONCLUSIVE": "Rollback"}
	if p.deadline != "" {
		out["DEADLINE"] = p.deadline
	}
	if p.inconclusive != "" {
		out["INCONCLUSIVE"] = p.inconclusive
	}
	return out
}

// push applies a new version. With two workloads it takes the place of the one that is judged, if there is one.
func (c *course) push(fault string) {
	GinkgoHelper()
	c.version = c.newVersion()
	if fault != "" {
		c.bad[c.version] = true
	}
	if c.held {
		c.applyHeld(fault)
		return
	}
	c.applyVersion(fault, 1)
}

func (c *course) applyHeld(fault string) {
	GinkgoHelper()
	applyCourse(c.ns, "held.yaml", map[string]string{"VERSION": c.version, "FAULT": fault})
}

func (c *course) applyVersion(fault string, replicas int) {
	GinkgoHelper()
	applyCourse(c.ns, "version.yaml", c.workload(c.next, c.version, fault, replicas))
}

// workload are the values of version.yaml.
func (c *course) workload(label, version, fault string, replicas int) map[string]string {
	return map[string]string{
		"LABEL": label, "VERSION": version, "FAULT": fault, "REPLICAS": strconv.Itoa(replicas), "RATINGS": c.ratings,
	}
}

// reach waits for a phase.
func (c *course) reach(phase v1alpha1.CanaryPhase) {
	GinkgoHelper()
	Eventually(c.phase).WithTimeout(waves).WithPolling(pollEvery).Should(Equal(phase), c.stands)
}

// at waits until all proxies hold a weight.
func (c *course) at(weight int) {
	GinkgoHelper()
	Eventually(c.acknowledged).WithTimeout(2*time.Minute).WithPolling(pollEvery).Should(BeEquivalentTo(weight), c.stands)
}

// stands is where the newest release is.
func (c *course) stands() string {
	if c.diary == nil {
		return "no release in " + c.ns
	}
	s := c.now().Status
	return fmt.Sprintf("%s in %s: %s", s.Phase, c.ns, s.Message)
}

const (
	pollEvery = 100 * time.Millisecond
	heldSize  = 2 // pods of the Deployment whose rollout is held
)

// promoted ends a release that went well: the old version is taken away.
func (c *course) promoted() {
	GinkgoHelper()
	c.reach(v1alpha1.CanaryPromoted)
	onlyVersion(c.ns, c.version)
	if !c.held {
		kubectl("delete", "deployment", "reviews-"+c.stable, "--namespace="+c.ns, "--wait=false")
		c.stable = c.next
		return
	}
	c.stable = c.version
	Eventually(func() map[string]int { return versions(c.ns) }).Should(Equal(map[string]int{c.stable: heldSize}))
}

// returned ends a release that was taken back: the new version is taken away.
func (c *course) returned() {
	GinkgoHelper()
	c.reach(v1alpha1.CanaryRolledBack)
	onlyVersion(c.ns, c.answers())
	c.takeAway()
}

// answers is what the stable version calls itself.
func (c *course) answers() string {
	GinkgoHelper()
	if c.held {
		return c.stable
	}
	return kubectl("get", "deployment", "reviews-"+c.stable, "--namespace="+c.ns,
		`--output=jsonpath={.spec.template.spec.containers[0].env[?(@.name=="VERSION")].value}`)
}

func (c *course) takeAway() {
	GinkgoHelper()
	if !c.held {
		kubectl("delete", "deployment", "reviews-"+c.next, "--namespace="+c.ns, "--wait=false")
		return
	}
	newest := c.version
	c.version = c.stable
	c.applyHeld("")
	c.version = newest
	Eventually(func() map[string]int { return versions(c.ns) }).WithTimeout(2 * time.Minute).Should(Equal(map[string]int{c.stable: heldSize}))
	rolledOut(c.ns, "reviews")
}

// goesBad lets all pods of the newest version answer errors from now on, also those that are just being made.
func (c *course) goesBad() {
	GinkgoHelper()
	c.bad[c.version] = true
	Eventually(func(g Gomega) {
		s := c.now().Status
		pods := c.podsOf(c.version)
		if s.Hold != nil && s.Phase == v1alpha1.CanaryProgressing {
			g.Expect(pods).To(HaveLen(int(s.Hold.Size)))
		}
		for _, pod := range pods {
			out, err := c.turn(pod, "error-rate=0.5")
			g.Expect(err).NotTo(HaveOccurred(), out)
		}
	}).WithTimeout(time.Minute).Should(Succeed())
}

// turn puts another fault in force in a pod of reviews.
func (c *course) turn(pod, fault string) (string, error) {
	return run("", "kubectl", "exec", "--namespace="+c.ns, pod, "--container=it", "--", "/bookstore", "call", "http://127.0.0.1:8082/?fault="+fault)
}

// podsOf are the pods of a version that are not on their way out.
func (c *course) podsOf(version string) (names []string) {
	GinkgoHelper()
	const path = `{range .items[*]}{.metadata.name}/{.spec.containers[?(@.name=="it")].env[?(@.name=="VERSION")].value}/{.metadata.deletionTimestamp} {end}`
	for _, line := range field(c.ns, "pods", "app=reviews", path) {
		if name, found := strings.CutSuffix(line, "/"+version+"/"); found {
			names = append(names, name)
		}
	}
	return names
}

// costs counts what an event costs. Only versions that are bad may fail. What is under way at the end is counted with
// what comes next, but for an event that may cost something else: then it is waited for.
func (c *course) costs(event string, happen func(), allowed ...string) {
	GinkgoHelper()
	was := readLoss(c.ns)
	happen()
	read := readLoss
	if len(allowed) > 0 {
		read = settledLoss
	}
	n := read(c.ns).since(was)
	c.report(event, n, allowed...)
	for _, version := range allowed {
		if !c.bad[version] {
			c.excused[version] += n.Versions[version].Failed
		}
	}
	c.expectOnlyBadFailed(n, allowed...)
}

// report notes what an event has cost.
func (c *course) report(event string, n lossCount, allowed ...string) {
	r := courseRow{Form: form(c.held), Event: event, Seconds: n.Seconds, Sent: n.Sent, Reasons: n.Failures}
	for version, failed := range n.failedIn() {
		switch {
		case c.bad[version]:
			r.Own += failed
		case slices.Contains(allowed, version):
			r.Unheard += failed
		default:
			r.Lost += failed
		}
	}
	AddReportEntry(rowEntry, r, ReportEntryVisibilityFailureOrVerbose)
}

func (c *course) expectOnlyBadFailed(n lossCount, allowed ...string) {
	GinkgoHelper()
	failed := n.failedIn()
	for _, version := range slices.AppendSeq(allowed, maps.Keys(c.bad)) {
		delete(failed, version)
	}
	Expect(failed).To(BeEmpty(), "by reason %v", n.Failures)
}

// total is the whole time of the shop, also between the cases.
func (c *course) total() {
	GinkgoHelper()
	n := settledLoss(c.ns).since(c.begin)
	var allowed []string
	for version, failures := range c.excused {
		if n.failedIn()[version] == failures {
			allowed = append(allowed, version)
		}
	}
	c.report(inAll, n, allowed...)
	note(inAll, "%d versions, %.0f s, %.1f requests a second; stream %d messages, %d breaks; session %d messages, %d breaks", c.made,
		n.Seconds, float64(n.Sent)/n.Seconds, n.Stream.Messages, n.Stream.Failed, n.Session.Messages, n.Session.Failed)
	c.expectOnlyBadFailed(n, allowed...)
	Expect(float64(n.Sent)/n.Seconds).To(BeNumerically(">=", float64(c.rate)*leastRate/fullRate), "requests a second")
	for name, long := range map[string]longCount{"stream": n.Stream, "session": n.Session} {
		Expect(long.Messages).To(BeNumerically(">", 0), name)
		Expect(long.Failed+long.Moved).To(BeZero(), "%s: %s", name, long.Failure)
	}
	Expect(retriesOfAll(c.ns)).To(BeZero(), "a sidecar sent something again")
}

// applyCourse applies a manifest of testdata/course with its variables filled in.
func applyCourse(namespace, file string, values map[string]string) {
	GinkgoHelper()
	apply(namespace, filled("course/"+file, values))
}
