package e2e

import (
	"regexp"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

var answeredWords = regexp.MustCompile(`ok=\d+`)

// The caller opens a connection for each word it says, and says it again in one that stays open.
var _ = Describe("a release of a Service of TCP", Ordered, func() {
	v := badVersion{name: "lines", lines: true}
	var ns string
	BeforeAll(func() {
		loadBookstore()
		ns = newMeshNamespace()
		applyCanary(ns, "pair.yaml", v.values())
		rolledOut(ns, v.name+"-v1")
		rolledOut(ns, v.name+"-caller")
	})

	// counted are the last two lines of the caller, without the words that were answered.
	counted := func() []string {
		GinkgoHelper()
		lines := strings.Split(strings.TrimSpace(kubectl("logs", "--namespace="+ns, "deployment/"+v.name+"-caller", "--container=it")), "\n")
		for i, line := range lines {
			lines[i] = strings.TrimSpace(answeredWords.ReplaceAllString(line, "ok"))
		}
		return lines[max(0, len(lines)-2):]
	}

	It("is promoted step by step, and no session is cut [D02]", func() {
		var before []string
		Eventually(func(g Gomega) { // what was said before there was a pod had no answer
			before = counted()
			g.Expect(before).To(HaveLen(2))
			g.Expect(before[0]).To(Equal(before[1]))
			g.Expect(before[1]).To(ContainSubstring("ok"))
		}).WithPolling(2 * time.Second).Should(Succeed())
		d := keepDiary(ns, v.name)
		applyCanary(ns, "bad.yaml", v.values())
		Eventually(d.acknowledged).Should(BeEquivalentTo(20))
		cluster := ns + "/" + v.name + "/8080/version="
		Expect(connectionsOf(ns, v.name+"-caller", v.name)).To(Equal([][]weightedCluster{{{cluster + "v1", 80}, {cluster + "v2", 20}}}))
		Eventually(d.phase).WithTimeout(3 * time.Minute).Should(Equal(v1alpha1.CanaryPromoted))
		weights, _ := d.walk()
		Expect(weights).To(Equal([]int32{0, 20, 50, 100}))
		Expect(d.now().Status.LastVerdict.Canary.Requests).To(BeNumerically(">=", 50))

		By("reading what the caller has counted")
		Expect(counted()).To(Equal(before))
	})
})
