package e2e

import (
	"fmt"
	"strconv"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

var _ = Describe("a held Deployment with another strategy", func() {
	// At 20 % six pods need two of the new version. Within a run its size does not fall again.
	DescribeTable("keeps exactly its size beside the pods that the step needs [D11]",
		func(strategy string, grown int) {
			ns := newQuietShop(4)
			roll(ns, strategy)
			hold(ns, endlessStep)
			w := watchReady(ns, 4)
			push(ns, "v2")
			Eventually(func() map[string]int { return versions(ns) }).WithTimeout(starts).Should(Equal(map[string]int{"v1": 4, "v2": 1}))
			from := 4
			for _, n := range []int{6, 2, 4} {
				w.wants(n, min(n, from))
				kubectl("scale", "deployment/reviews", "--namespace="+ns, "--replicas="+strconv.Itoa(n))
				want := map[string]int{"v1": n, "v2": grown}
				Eventually(func() map[string]int { return versions(ns) }).WithTimeout(starts).Should(Equal(want))
				Eventually(w.ready).WithTimeout(starts).Should(Equal(n))
				Consistently(func() map[string]int { return versions(ns) }).WithTimeout(settled).Should(Equal(want))
				from = n
			}
			w.expectKept()
			Expect(w.everReady()).To(Equal([]string{"v1"}), "a held pod is not ready")
		},
		Entry("one pod at a time", `{"maxSurge": 1, "maxUnavailable": 0}`, 1),
		Entry("all at once", `{"maxSurge": "100%", "maxUnavailable": "100%"}`, 2),
	)
})

var _ = Describe("a held Deployment with a PodDisruptionBudget", func() {
	It("keeps to the budget while it waits, says so, and is promoted without a lost request [D11]", func() {
		ns := newHeldShop()
		apply(ns, `{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: reviews},
			spec: {maxUnavailable: 1, selector: {matchLabels: {app: reviews}}}}`)
		hold(ns, endlessStep)
		start, d := readLoad(ns), keepDiary(ns, "reviews")
		push(ns, "v2")
		Eventually(d.acknowledged).WithTimeout(starts).Should(BeEquivalentTo(20))
		Eventually(func() string { return allowedDisruptions(ns) }).Should(Equal("1"), "a pod that waits takes nothing from the budget")

		By("evicting one stable pod, and not a second one")
		w := watchReady(ns, 4)
		w.wants(4, 3)
		stable := podsOf(ns, "v1")
		_, err := evict(ns, stable[0])
		Expect(err).NotTo(HaveOccurred())
		out, err := evict(ns, stable[1])
		Expect(err).To(HaveOccurred(), "the budget allowed two")
		Expect(out).To(ContainSubstring("disruption budget"))
		Eventually(w.ready).WithTimeout(starts).Should(Equal(4))
		Expect(versions(ns)).To(Equal(map[string]int{"v1": 4, "v2": 1}))
		w.expectKept()

		By("a budget that allows none")
		kubectl("patch", "poddisruptionbudget", "reviews", "--namespace="+ns, `--patch={"spec": {"maxUnavailable": 0}}`)
		Eventually(func() string {
			return kubectl("get", "canary", "reviews", "--namespace="+ns, `--output=jsonpath={.status.hold.findings[?(@.reason=="DisruptionBudgetBlocked")].message}`)
		}).WithTimeout(30 * time.Second).Should(ContainSubstring("PodDisruptionBudget reviews allows no eviction now"))
		weft("canary", "promote", "reviews", "--namespace="+ns)
		Eventually(d.phase).WithTimeout(waves).Should(Equal(v1alpha1.CanaryPromoted), "%s", d.now().Status.Message)
		Expect(versions(ns)).To(Equal(map[string]int{"v2": 4}))
		expectNoneFailed(ns, start)
	})
})

// roll gives reviews another strategy of its rolling update.
func roll(ns, strategy string) {
	GinkgoHelper()
	kubectl("patch", "deployment", "reviews", "--namespace="+ns, `--patch={"spec": {"strategy": {"rollingUpdate": `+strategy+`}}}`)
}

// evict asks for the end of a pod, as the drain of a node does.
func evict(ns, pod string) (string, error) {
	GinkgoHelper()
	return run(fmt.Sprintf(`{"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": %q, "namespace": %q}}`, pod, ns),
		"kubectl", "create", "--raw=/api/v1/namespaces/"+ns+"/pods/"+pod+"/eviction", "--filename=-")
}

func allowedDisruptions(ns string) string {
	GinkgoHelper()
	return kubectl("get", "poddisruptionbudget", "reviews", "--namespace="+ns, "--output=jsonpath={.status.disruptionsAllowed}")
}
