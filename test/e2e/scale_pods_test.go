package e2e

import (
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

const tenForEver = "[{weight: 10, duration: 1h, minRequests: 0}]"

var _ = Describe("the share of a version", func() {
	It("follows the number of its pods without a Canary, and does not with one [D09]", func() {
		loadBookstore()
		ns := newMeshNamespace()
		size := func(version, n string) {
			applyScale(ns, "plain.yaml", map[string]string{"VERSION": version, "REPLICAS": n})
			rolledOut(ns, "reviews-"+version)
		}
		size("v1", "9")
		size("v2", "1")
		applyCanary(ns, "shop.yaml", nil)
		By("letting pods without a sidecar call ratings")
		kubectl("patch", "deployment", "ratings", "--namespace="+ns, `--patch={"spec": {"template": {"metadata": {"labels": {"weft.dev/mesh": "none"}}}}}`)
		for _, name := range []string{"ratings", "frontend", "load"} {
			rolledOut(ns, name)
		}
		Eventually(func() int { return readLoad(ns).Succeeded }).Should(BeNumerically(">", 100))
		By("9:1 pods")
		sample(ns, 1000, 0.1)
		By("9:9 pods")
		size("v2", "9")
		Eventually(func() int { return endpointsOf(ns, "frontend", "reviews") }).Should(Equal(18))
		sample(ns, 1000, 0.5)

		By("9:9 pods and a Canary")
		applyScale(ns, "canary.yaml", map[string]string{"STEPS": tenForEver, "MATCH": "null"})
		d := keepDiary(ns, "reviews")
		Eventually(d.acknowledged).Should(BeEquivalentTo(10))
		sample(ns, 1000, 0.1)
		By("9:1 pods and a Canary")
		size("v2", "1")
		sample(ns, 1000, 0.1)
	})
})

var _ = Describe("a version that an autoscaler takes to nothing", func() {
	It("gives its requests back, and may be tried again [D14]", func() {
		ns := newShop()
		d := release(ns, "v1", "v2", tenForEver, "")
		Eventually(d.acknowledged).Should(BeEquivalentTo(10))
		kubectl("scale", "deployment/reviews-v2", "--namespace="+ns, "--replicas=0") // KEDA, too, writes the subresource scale
		Eventually(d.phase).Should(Equal(v1alpha1.CanaryRolledBack))
		Expect(d.now().Status.History[0].Reason).To(Equal("NoServingPods"))
		onlyVersion(ns, "v1")
		start := readLoad(ns)

		kubectl("scale", "deployment/reviews-v2", "--namespace="+ns, "--replicas=1")
		rolledOut(ns, "reviews-v2")
		weft("canary", "retry", "reviews", "--namespace="+ns)
		Eventually(d.acknowledged).Should(BeEquivalentTo(10))
		sample(ns, 1000, 0.1)
		expectNoneFailed(ns, start)
	})
})

// applyScale applies a manifest of testdata/scale with its variables filled in.
func applyScale(ns, file string, values map[string]string) {
	GinkgoHelper()
	applyCanary(ns, "../scale/"+file, values)
}

// sample looks at the next requests and compares the share of v2.
func sample(ns string, of int, share float64) {
	GinkgoHelper()
	from := readLoad(ns)
	to := from
	Eventually(func() int {
		to = readLoad(ns)
		return to.Succeeded - from.Succeeded
	}).WithTimeout(2 * time.Minute).WithPolling(time.Second).Should(BeNumerically(">=", of))
	expectShare(to.answered("v2")-from.answered("v2"), to.Succeeded-from.Succeeded, share)
}

// endpointsOf counts the pods of a service that a caller's Envoy knows.
func endpointsOf(ns, caller, service string) (n int) {
	GinkgoHelper()
	for line := range strings.Lines(getFrom(ns, caller, "http://127.0.0.1:15000/clusters")) {
		if strings.HasPrefix(line, ns+"/"+service+"/") && strings.Contains(line, "::health_flags::") {
			n++
		}
	}
	return n
}
