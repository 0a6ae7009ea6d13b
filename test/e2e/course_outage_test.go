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

// metricsAway is how long nothing answers in place of Prometheus.
const metricsAway = 10 * time.Minute

// chain are the applications that each request of the load passes: three releases under way at the same time.
var chain = map[string]string{"frontend": "frontend, --patience=8s", "reviews": "reviews, --switch=127.0.0.1:8082", "ratings": "ratings"}

// theOutage takes the source of metrics away.
func theOutage() {
	It("neither promotes nor goes back for ten minutes, tells it once, and ends as it would have (canary.md 5, three runs)", func() {
		c := newChain()
		alerts := alertsOf(c.ns, "MetricsMissing")
		diaries := map[string]*diary{}
		c.costs("metrics away for ten minutes", func() {
			for app, args := range chain { // one after the other, for three pods that start at once leave the load no time
				applyCourse(c.ns, "measured.yaml", map[string]string{"APP": app})
				diaries[app] = keepDiary(c.ns, app)
				applyCourse(c.ns, "line.yaml", map[string]string{"APP": app, "ARGS": args})
				Eventually(diaries[app].acknowledged).WithTimeout(2*time.Minute).Should(BeEquivalentTo(20), app)
			}
			prometheus("0")
			c.diary, c.version = diaries["reviews"], "v2"
			c.errsOnce()
			for app, d := range diaries {
				Eventually(d.measured).WithTimeout(time.Minute).Should(Equal(v1alpha1.MetricNoData), app)
			}
			before := map[string]moment{}
			for app, d := range diaries {
				before[app] = moment{d.now().Status, len(d.all())}
			}
			away := time.NewTimer(metricsAway)
			<-away.C

			for app, d := range diaries {
				s := d.now().Status
				Expect(s.Phase).To(Equal(v1alpha1.CanaryProgressing), app)
				c.diary = d
				c.expectUnchangedSince(before[app])
				Expect(s.Position.WaitingFor).To(HavePrefix("MetricsMissing"), app)
				Expect(s.Evidence.Canary.Requests).To(BeNumerically(">", before[app].status.Evidence.Canary.Requests), app)
			}
			prometheus("1")
			for app, d := range diaries {
				Eventually(d.phase).WithTimeout(3*time.Minute).Should(Equal(v1alpha1.CanaryPromoted), app)
				weights, _ := d.walk()
				Expect(weights).To(Equal([]int32{0, 20, 50, 100}), app)
				was, is := before[app].status.Evidence, d.now().Status.Evidence
				Expect(is.Canary.Requests).To(BeNumerically(">", was.Canary.Requests), app)
				Expect(is.Test(v1alpha1.MetricErrors).LogFactors).To(Equal(was.Test(v1alpha1.MetricErrors).LogFactors), app)
				note("metrics away", "%s: %d requests judged before, %d in all; it told %s", app, was.Canary.Requests, is.Canary.Requests, toldOnce(c.ns, app))
			}
			Eventually(alerts).Should(Equal(len(chain)))
			note("metrics away", "%d messages arrived at the chat", alerts())
		})
		c.total()
	})
}

// newChain is a shop in which each request passes the mesh three times, and each application has a version.
func newChain() *course {
	GinkgoHelper()
	c := newCourse(false, fullRate)
	DeferCleanup(c.end)
	c.ratings = "http://ratings:8080"
	c.applyVersion("", 1)
	applyCanary(c.ns, "shop.yaml", nil)
	applyCanary(c.ns, "loss.yaml", nil)
	for _, name := range []string{"reviews-" + c.stable, "load"} {
		rolledOut(c.ns, name)
	}
	for _, app := range []string{"frontend", "ratings"} {
		kubectl("patch", "deployment", app, "--namespace="+c.ns, `--patch={"spec": {"template": {"metadata": {"labels": {"version": "v1"}}}}}`)
		rolledOut(c.ns, app)
		kubectl("wait", "--namespace="+c.ns, "--for=delete", "pods", "--selector=app="+app+",!version", "--timeout=60s")
	}
	c.begin = settledLoss(c.ns)
	return c
}

func prometheus(replicas string) {
	GinkgoHelper()
	kubectl("scale", "deployment", "prometheus", "--namespace=monitoring", "--replicas="+replicas)
	if replicas == "0" {
		DeferCleanup(prometheus, "1")
		kubectl("wait", "--namespace=monitoring", "--for=delete", "pods", "--selector=app=prometheus", "--timeout=60s")
		return
	}
	rolledOut("monitoring", "prometheus")
}

// measured is the state of the only metric.
func (d *diary) measured() v1alpha1.MetricState {
	if m := d.now().Status.Metrics; len(m) == 1 {
		return m[0].State
	}
	return ""
}

// toldOnce is the only Event of a Canary that says that a number is missing.
func toldOnce(ns, canary string) string {
	GinkgoHelper()
	const path = `{range .items[*]}{.note}{.message} times={.count}{.deprecatedCount}/{.series.count}{"\n"}{end}`
	text := strings.TrimSpace(kubectl("get", "events", "--namespace="+ns,
		"--field-selector=reason=MetricsMissing,involvedObject.name="+canary, "--output=jsonpath="+path))
	lines := strings.Split(text, "\n")
	Expect(lines).To(HaveLen(1), text)
	Expect(text).To(MatchRegexp(`times=1?/$`))
	return fmt.Sprintf("%q once", strings.TrimSuffix(strings.TrimSuffix(text, "1/"), "/"))
}

// alertsOf sends alerts of a namespace to a receiver that writes them down, and counts them.
func alertsOf(ns, reason string) (count func() int) {
	GinkgoHelper()
	outside := newNamespace()
	applyFile(outside, "course/receiver.yaml")
	rolledOut(outside, "receiver")
	kubectl("create", "secret", "generic", outside, "--namespace=weft-system", "--from-literal=url=http://receiver."+outside+"/chat")
	DeferCleanup(func() { kubectl("delete", "secret", outside, "--namespace=weft-system") })
	kubectl("patch", "mesh", "default", "--type=merge",
		`--patch={"spec": {"alerts": [{"name": "course", "slack": {"urlFrom": {"name": "`+outside+`"}}, "namespaces": ["`+ns+`"], "reasons": ["`+reason+`"]}]}}`)
	DeferCleanup(func() { kubectl("patch", "mesh", "default", "--type=merge", `--patch={"spec": {"alerts": null}}`) })
	return func() int {
		GinkgoHelper()
		n := 0
		for line := range strings.Lines(kubectl("logs", "deployment/receiver", "--namespace="+outside)) {
			if strings.Contains(line, "/chat") {
				n++
			}
		}
		return n
	}
}
