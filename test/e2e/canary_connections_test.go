package e2e

import (
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

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

	It("is promoted step by step, and no session is cut [D05 D10]", func() {
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
		lines := strings.Split(strings.TrimSpace(kubectl("logs", "--namespace="+ns, "deployment/"+v.name+"-caller", "--container=it")), "\n")
		Expect(lines[len(lines)-1]).To(MatchRegexp(`^ok=\d+ ?$`))
	})
})
