package e2e

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// Scenario 17: whoever waits right after a change, as the documentation says, never hears of the state before. With the tag
// soak each kind of wait is tried a hundred times.
var _ = Describe("kubectl wait on a held Canary", Ordered, func() {
	var ns string
	BeforeAll(func() {
		ns = newQuietShop(4)
		hold(ns, endlessStep)
	})

	It("hears of the Canary that was applied", func() {
		began := time.Now()
		for n := range waits {
			kubectl("patch", "canary", "reviews", "--namespace="+ns, "--type=merge", fmt.Sprintf(`--patch={"spec":{"stepDeadline":"%dh"}}`, 3+n))
			kubectl("wait", "canary/reviews", "--namespace="+ns, "--for=condition=Ready", "--timeout=60s")
			seen := strings.Fields(kubectl("get", "canary", "reviews", "--namespace="+ns,
				"--output=jsonpath={.metadata.generation} {.status.observedGeneration} {.status.conditions[*].observedGeneration}"))
			Expect(len(seen)).To(BeNumerically(">", 2))
			Expect(seen).To(HaveEach(seen[0]))
		}
		AddReportEntry("waits", fmt.Sprintf("%d of %d heard of the generation that was applied, in %s", waits, waits, time.Since(began).Round(time.Second)))
	})

	It("hears of the version that was applied when the Canary is as it was", func() {
		began, before := time.Now(), map[string]bool{documentedHash(ns): true}
		var hash string
		for n := range waits {
			push(ns, "v"+strconv.Itoa(n+2))
			hash = documentedHash(ns)
			Expect(before).NotTo(HaveKey(hash), "the hash of a version before")
			before[hash] = true
			out, err := run("", "kubectl", "wait", "canary/reviews", "--namespace="+ns, "--for=jsonpath={.status.promoted}="+hash, "--timeout=1s")
			Expect(err).To(HaveOccurred(), out)
			Expect(out).To(ContainSubstring("timed out"))
		}
		AddReportEntry("waits", fmt.Sprintf("%d of %d did not take a version before for the one that was applied, in %s", waits, waits, time.Since(began).Round(time.Second)))

		By("promoting the last one")
		last := "v" + strconv.Itoa(waits+1)
		d := keepDiary(ns, "reviews")
		Eventually(func() bool {
			r := d.now().Status.Run
			return r != nil && r.Revision == hash && d.acknowledged() == 20
		}).WithTimeout(starts).Should(BeTrue())
		weft("canary", "promote", "reviews", "--namespace="+ns)
		kubectl("wait", "canary/reviews", "--namespace="+ns, "--for=jsonpath={.status.promoted}="+hash, "--timeout="+waves.String())
		Expect(versions(ns)).To(Equal(map[string]int{last: 4}))
	})
})

// documentedHash runs what the documentation says about the hash of the version that was applied.
func documentedHash(ns string) string {
	GinkgoHelper()
	page, err := os.ReadFile("../../docs/steering-a-canary.md")
	Expect(err).NotTo(HaveOccurred())
	_, after, found := strings.Cut(string(page), "```sh\nname=reviews\n")
	Expect(found).To(BeTrue())
	script, _, found := strings.Cut(after, "```")
	Expect(found).To(BeTrue())
	hash := must("", "bash", "-euc", "kubectl() { command kubectl --namespace="+ns+" \"$@\"; }\nname=reviews\n"+script+"echo $hash")
	Expect(hash).To(MatchRegexp("^[a-z0-9]+$"))
	return hash
}
