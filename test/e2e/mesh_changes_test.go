package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("a hundred changes", func() {
	It("reach all proxies, and none starts anew or cuts an open stream [B38]", func() {
		ns, before := newTalkingShop()
		lines, talk := readLines(ns), readTalk(ns)

		c := &changes{ns: ns}
		c.make()
		for _, app := range talkingApps {
			Expect(readLife(ns, app).rejected).To(BeEmpty(), app)
		}
		Expect(moved(ns, "load")).To(HaveEach(BeNumerically(">=", 2)))
		c.takeBack()
		Expect(c.count).To(Equal(100))

		By("looking at each Envoy")
		for _, app := range talkingApps {
			now := readLife(ns, app)
			AddReportEntry(app, fmt.Sprintf("%d updates taken, %d stats of refusals are 0", now.taken-before[app].taken, now.kinds))
			Expect(now.pid).To(Equal(before[app].pid), app)
			Expect(now.begun).To(BeTemporally("~", before[app].begun, 2*time.Second), app)
			Expect(now.rejected).To(BeEmpty(), app)
			Expect(now.taken-before[app].taken).To(BeNumerically(">=", 8), app)
		}

		By("talking on over the same stream and session")
		Expect(readLines(ns)).To(Equal(lines))
		Eventually(func(g Gomega) {
			now := readTalk(ns)
			g.Expect(now.Stream.Messages).To(BeNumerically(">", talk.Stream.Messages))
			g.Expect(now.Session.Messages).To(BeNumerically(">", talk.Session.Messages))
			g.Expect(now.Failed + now.Stream.Failed + now.Session.Failed + now.Stream.Moved + now.Session.Moved).To(BeZero())
		}).Should(Succeed())
		AddReportEntry("talk", fmt.Sprintf("%+v", readTalk(ns)))
	})
})

var talkingApps = []string{"load", "frontend", "reviews", "ratings"}

// newTalkingShop starts an application whose load has a stream and a session open, and reads what its Envoys say.
func newTalkingShop() (ns string, before map[string]proxyLife) {
	GinkgoHelper()
	loadBookstore()
	ns = newMeshNamespace()
	apply(ns, filled("changes/shop.yaml", nil))
	for _, app := range talkingApps {
		rolledOut(ns, app)
	}
	Eventually(func(g Gomega) { g.Expect(readTalk(ns).carried()).To(BeTrue()) }).Should(Succeed())
	before = map[string]proxyLife{}
	for _, app := range talkingApps {
		before[app] = readLife(ns, app)
	}
	return ns, before
}

// conversations are what the load has counted of its gRPC stream, its TCP session and its requests. A line that its
// server has ended moves.
type conversations struct {
	Sent, Failed    int
	Stream, Session struct{ Messages, Moved, Failed int }
}

func (c conversations) carried() bool { return c.Stream.Messages > 10 && c.Session.Messages > 10 }

func readTalk(ns string) (c conversations) {
	GinkgoHelper()
	Expect(json.Unmarshal([]byte(getFrom(ns, "load", "http://127.0.0.1:8081/summary")), &c)).To(Succeed())
	return c
}

// readLines are the connections that the load's sidecar has opened for the stream and the session, and those that have
// ended.
func readLines(ns string) string {
	GinkgoHelper()
	text := getFrom(ns, "load", "http://127.0.0.1:15000/stats?filter=^cluster."+ns+`/ratings/909[01]\.(upstream_cx_(total|active|destroy)|upstream_rq_total)$`)
	for _, port := range []string{"9090", "9091"} {
		Expect(text).To(ContainSubstring("ratings/" + port + ".upstream_cx_active: 1"))
		Expect(text).To(ContainSubstring("ratings/" + port + ".upstream_cx_total: 1"))
	}
	return strings.TrimSpace(text)
}
