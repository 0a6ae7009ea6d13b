package e2e

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("pods of another account behind a Service", func() {
	It("are called as that account, and coming and going cost no request [E13]", func() {
		ns := newShop()
		was := readLoad(ns)
		endpoints := func() string {
			return getFrom(ns, "frontend", "http://127.0.0.1:15000/config_dump?include_eds&resource=dynamic_endpoint_configs")
		}
		verified := func() string {
			return getFrom(ns, "frontend", "http://127.0.0.1:15000/config_dump?resource=dynamic_active_clusters")
		}
		account := "/ns/" + ns + "/sa/reviews-0"
		Expect(verified()).NotTo(ContainSubstring(account))

		By("adding a pod that runs as another account")
		apply(ns, filled("churn/account.yaml", map[string]string{"N": "0"}))
		rolledOut(ns, "reviews-0")
		address := field(ns, "pods", "version=account-0", "{.items[*].status.podIP}")[0]
		Eventually(endpoints).Should(ContainSubstring(address))
		Expect(verified()).To(ContainSubstring(account))
		Eventually(func() string {
			return getFrom(ns, "reviews-0", "http://127.0.0.1:15000/stats?filter=^cluster.inbound.upstream_rq_total$")
		}).
			ShouldNot(HaveSuffix(": 0"), "it gets requests")

		By("taking it away")
		kubectl("delete", "deployment/reviews-0", "--namespace="+ns)
		Eventually(endpoints).ShouldNot(ContainSubstring(address))
		Eventually(verified).ShouldNot(ContainSubstring(account))

		By("losing nothing for some time")
		Eventually(func() int { return readLoad(ns).Sent }).WithPolling(time.Second).Should(BeNumerically(">", was.Sent+1000))
		Expect(readLoad(ns).Failed).To(Equal(was.Failed))
	})
})
