//go:build soak

package e2e

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// costsEach counts in several shops what an event costs that all of them see.
func costsEach(shops []*course, event string, happen func()) {
	GinkgoHelper()
	for _, c := range shops {
		next := happen
		happen = func() { c.costs(event, next) }
	}
	happen()
}

// moment is where a diary was.
type moment struct {
	status  v1alpha1.CanaryStatus
	entries int
}

func (c *course) moment() moment { return moment{c.now().Status, len(c.all())} }

// killLeader kills the leader, waits for another one, and compares each run with what it was. One that is killed hard
// can't give its lease away.
func killLeader(shops []*course, hard bool, phase string) {
	GinkgoHelper()
	event := "leader deleted in " + phase
	if hard {
		event = "leader killed in " + phase
	}
	By(event)
	var before []moment
	for _, c := range shops {
		before = append(before, c.moment())
	}
	leader, began := holder(), time.Now()
	if hard {
		onNodeOf("weft-system", leader, killing("weft-system", leader, "weft-operator"))
	}
	kubectl("delete", "pod", leader, "--namespace=weft-system", "--force", "--grace-period=0")
	Eventually(holder).WithTimeout(time.Minute).ShouldNot(Or(BeEmpty(), Equal(leader)))
	took := time.Since(began)
	for i, c := range shops {
		if s := before[i].status; s.Phase == v1alpha1.CanaryProgressing && s.AcknowledgedAt != nil {
			counted := c.judged()
			Eventually(c.judged).WithTimeout(time.Minute).Should(BeNumerically(">", counted), "the new leader judges nothing")
		}
	}
	rolledOut("weft-system", "weft-operator")
	for i, c := range shops {
		c.expectUnchangedSince(before[i])
	}
	note(event, "another one leads after %.0f s; step, deadline, hash and evidence are unchanged", took.Seconds())
}

// expectUnchangedSince compares all that was told since a moment with what was so then. Evidence grows with the requests
// that the version answers, and never beyond them.
func (c *course) expectUnchangedSince(m moment) {
	GinkgoHelper()
	before, last := m.status, m.status.Evidence
	for _, e := range c.all()[m.entries:] {
		s := e.canary.Status
		Expect(s.Run).To(Equal(before.Run))
		Expect(s.Phase).To(Equal(before.Phase))
		Expect(s.Step).To(Equal(before.Step))
		Expect(s.Deadline).To(Equal(before.Deadline))
		Expect(s.Weight.Desired).To(Equal(before.Weight.Desired))
		Expect(s.AcknowledgedAt).To(Equal(before.AcknowledgedAt))
		if last == nil {
			continue
		}
		now := s.Evidence
		Expect(now.Canary.Requests).To(BeNumerically(">=", last.Canary.Requests))
		Expect(now.Stable.Requests).To(BeNumerically(">=", last.Stable.Requests))
		Expect(now.Canary.Errors).To(Equal(last.Canary.Errors))
		if was := last.Test(v1alpha1.MetricErrors); was != nil {
			same := Equal(was.LogFactors)
			if len(was.LogFactors) == 0 { // nothing was weighed yet
				same = Or(BeEmpty(), HaveEach("0"))
			}
			Expect(now.Test(v1alpha1.MetricErrors).LogFactors).To(same)
		}
		last = now
	}
	if last != nil && last.Run == c.revisionOf(c.version) {
		load := readLoss(c.ns) // what has no answer may have been sent to this version, too
		Expect(last.Canary.Requests).To(BeNumerically("<=", load.answered(c.version)+load.answered("none")), "something was counted twice")
	}
}

// rests says that the Canary as it is now has been looked at, and has no run under way.
func (c *course) rests() bool {
	now := c.now()
	s := now.Status
	if s.Run == nil || s.ObservedGeneration != now.Generation || s.Phase == v1alpha1.CanaryProgressing || s.Phase == v1alpha1.CanaryRollingBack {
		return false
	}
	return c.held || s.Phase == v1alpha1.CanaryWaiting && s.Run.Generation == now.Generation
}

// expectWholeStep says that a weight was held for its time, from its acknowledgement on.
func (c *course) expectWholeStep(weight int32, least time.Duration) {
	GinkgoHelper()
	var acknowledged time.Time
	for _, e := range c.all() {
		s := e.canary.Status
		switch {
		case s.Weight == nil || s.Run.Revision != c.now().Status.Run.Revision:
		case s.Weight.Desired == weight && s.AcknowledgedAt != nil:
			acknowledged = s.AcknowledgedAt.Time
		case s.Weight.Desired > weight:
			Expect(e.at.Sub(acknowledged)).To(BeNumerically(">=", least-rounding), "the step was cut short")
			return
		}
	}
	Fail("the step was not left")
}

// errsOnce lets the newest version fail for a moment, and waits until that is in the evidence.
func (c *course) errsOnce() {
	GinkgoHelper()
	c.bad[c.version] = true
	errors := func() int64 { return c.now().Status.Evidence.Canary.Errors }
	Eventually(func() bool {
		if errors() == 0 {
			_, _ = c.turn(c.podsOf(c.version)[0], "error-rate=1&for=300ms")
		}
		return errors() > 0
	}).WithTimeout(time.Minute).WithPolling(3 * time.Second).Should(BeTrue())
	for range 3 { // what came in the same second may be in the next report
		counted := c.judged()
		Eventually(c.judged).WithTimeout(30 * time.Second).Should(BeNumerically(">", counted))
	}
	Expect(c.phase()).To(Equal(v1alpha1.CanaryProgressing))
}

// upgrade replaces the operator and the sidecar that it injects by others, with tags of their own.
func upgrade(n int) (sidecar string) {
	GinkgoHelper()
	tag := fmt.Sprintf("course-%d", n)
	for _, name := range []string{"operator", "agent"} {
		archive := filepath.Join(GinkgoT().TempDir(), name+".tar")
		Expect(os.WriteFile(archive, retagged("../../dist/"+name+".tar", ":dev", ":"+tag), 0o600)).To(Succeed())
		testbed("load-image", archive)
	}
	sidecar = "weft.local/agent:" + tag
	DeferCleanup(installWeft)
	kubectl("patch", "deployment", "weft-operator", "--namespace=weft-system", `--patch={"spec": {"template": {"spec": {"containers": [
		{"name": "operator", "image": "weft.local/operator:`+tag+`", "args": ["--mesh=default", "--agent-image=`+sidecar+`"]}]}}}}`)
	rolledOut("weft-system", "weft-operator")
	return sidecar
}

// retagged is an archive of an image with another tag.
func retagged(path, from, to string) []byte {
	GinkgoHelper()
	content, err := os.ReadFile(path)
	Expect(err).NotTo(HaveOccurred())
	var files []tarFile
	for r := tar.NewReader(bytes.NewReader(content)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return tarOf(files...)
		}
		Expect(err).NotTo(HaveOccurred())
		content, err := io.ReadAll(r)
		Expect(err).NotTo(HaveOccurred())
		if h.Name == "manifest.json" {
			content = []byte(strings.Replace(string(content), from+`"`, to+`"`, 1))
		}
		files = append(files, tarFile{h.Name, h.Mode, content})
	}
}
