package e2e

import (
	"regexp"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var seenIdentity = regexp.MustCompile(`(?i)x-forwarded-client-cert[:=]\s*(\S+)`)

var _ = Describe("headers that one pod has sent", func() {
	It("are worth nothing in the hands of another [E10]", func() {
		ns := newMeshNamespace()
		applyFile(ns, "pair.yaml")
		applyFile(ns, "accounts.yaml")
		rolledOut(ns, "called")
		ready(ns, "friend", "stranger")
		replay := func(captured string) string {
			out, _ := run("", "kubectl", "exec", "--namespace="+ns, "stranger", "--container=echo", "--",
				"client", "--count=1", "--timeout=3s", "--header=X-Forwarded-Client-Cert:"+captured, "http://called/")
			return out
		}

		By("capturing what the called application sees of the friend")
		captured := seenIdentity.FindStringSubmatch(bodyOf(answered(ns, "friend", "200")))
		Expect(captured).NotTo(BeNil())
		Expect(captured[1]).To(ContainSubstring("/ns/" + ns + "/sa/friend"))

		By("showing the application who really calls")
		Eventually(replay).WithArguments(captured[1]).Should(ContainSubstring("StatusCode=200"))
		seen := seenIdentity.FindAllStringSubmatch(bodyOf(replay(captured[1])), -1)
		Expect(seen).To(HaveLen(1))
		Expect(seen[0][1]).To(And(ContainSubstring("/sa/stranger"), Not(ContainSubstring("/sa/friend"))))

		By("refusing the stranger in Envoy alone, where only the friend is allowed")
		applyFile(ns, "friend.yaml")
		kubectl("wait", "--namespace="+ns, "policies.weft.dev/friend", "--for=condition=Ready", "--timeout=60s")
		DeferCleanup(withoutNetworkPolicies(ns))
		Eventually(replay).WithArguments(captured[1]).Should(ContainSubstring("StatusCode=403"))
		answered(ns, "friend", "200")
	})
})
