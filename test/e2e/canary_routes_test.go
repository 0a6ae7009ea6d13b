package e2e

import (
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

var _ = Describe("a release behind routes of the user", func() {
	It("divides what their weights leave to the Service, and touches no route [D10 D11 D13]", func() {
		ns := newShop()
		applyCanary(ns, "routes.yaml", nil)
		versions := func() []string {
			return field(ns, "httproutes,grpcroutes", "", `{.items[*].metadata.resourceVersion}`)
		}
		before := versions()
		Expect(before).To(HaveLen(2))
		for _, list := range []string{"routes", "grpcRoutes"} {
			Eventually(func() string {
				return kubectl("get", "mesh", "default", fmt.Sprintf(`--output=jsonpath={.status.%s[?(@.namespace==%q)].acknowledged}`, list, ns))
			}).Should(MatchRegexp(`^[1-9]`), list)
		}
		start := readLoad(ns)

		d := release(ns, "v1", "v2", "[{weight: 20, duration: 1s, minRequests: 20, pause: {}}, {weight: 50, duration: 5s, minRequests: 20}]", "")
		rolledOut(ns, "reviews-v2")
		Eventually(d.acknowledged).WithTimeout(3 * time.Minute).Should(BeEquivalentTo(20))
		from := readLoad(ns)
		cluster := ns + "/reviews/8080/version="
		Expect(splitsOf(ns, "frontend", "reviews")).To(Equal([][]weightedCluster{{{cluster + "v1", 240}, {cluster + "v2", 60}, {ns + "/reviews-v1/8080", 100}}}))
		var to loadSummary
		Eventually(func() int {
			to = readLoad(ns)
			return to.Succeeded - from.Succeeded
		}).WithTimeout(3 * time.Minute).WithPolling(time.Second).Should(BeNumerically(">=", shareSample/2))
		expectShare(to.answered("v2")-from.answered("v2"), to.Succeeded-from.Succeeded, .75*.2)

		Eventually(func() *v1alpha1.CanaryPause { return d.now().Status.Pause }).WithTimeout(3 * time.Minute).ShouldNot(BeNil())
		weft("canary", "resume", "reviews", "--namespace="+ns)
		Eventually(d.phase).WithTimeout(3 * time.Minute).Should(Equal(v1alpha1.CanaryPromoted))
		Expect(versions()).To(Equal(before))
		end := readLoad(ns)
		Expect(end.Failed-start.Failed).To(BeZero(), "%v", end.Failures)
	})
})
