package e2e

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("two nodes", func() {
	It("run one workload whose pods reach each other by address, name and Service", func() {
		ns := newNamespace()
		applyFile(ns, "echo.yaml")
		rolledOut(ns, "echo")

		By("spreading the replicas")
		Expect(field(ns, "pods", "app=echo", "{.items[*].spec.nodeName}")).To(ConsistOf("n1", "n2"))

		pods := field(ns, "pods", "app=echo", "{.items[*].metadata.name}")
		addresses := field(ns, "pods", "app=echo", "{.items[*].status.podIP}")
		for i, pod := range pods {
			other := 1 - i
			By(fmt.Sprintf("calling %s from %s by address", pods[other], pod))
			Expect(call(ns, pod, fmt.Sprintf("http://%s:8080/", addresses[other]))).To(ContainSubstring("Hostname=" + pods[other]))

			for _, host := range []string{"echo", "echo." + ns, "echo." + ns + ".svc.cluster.local"} {
				By("calling the Service as " + host)
				Expect(firstCall(ns, pod, "http://"+host+"/")).To(ContainSubstring("StatusCode=200"))
			}
		}

		By("refusing a name that does not exist")
		_, err := call(ns, pods[0], "http://nobody/")
		Expect(err).To(HaveOccurred())

		By("answering logs from both nodes")
		for _, pod := range pods {
			Expect(kubectl("logs", "--namespace="+ns, pod)).To(ContainSubstring("8080"))
		}
	})
})
