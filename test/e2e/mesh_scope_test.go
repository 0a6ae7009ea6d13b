package e2e

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// The budget is of the whole mesh of this bed, so nothing else may run meanwhile.
var _ = Describe("a proxy in a mesh above its budget", Serial, func() {
	It("calls what it does not know, with its identity and under the Policy, and says what it knows and why", func() {
		kubectl("patch", "mesh/default", "--type=merge", `--patch={"spec":{"scope":{"budget":0}}}`)
		DeferCleanup(kubectl, "patch", "mesh/default", "--type=merge", `--patch={"spec":{"scope":null}}`)
		Eventually(func() string {
			return kubectl("get", "mesh/default", "--output=jsonpath={.status.effective.scopeBudget}")
		}).Should(Equal("0"))

		near, far := newMeshNamespace(), newMeshNamespace()
		applyFile(far, "pair.yaml")
		applyFile(near, "accounts.yaml")
		rolledOut(far, "called")
		ready(near, "friend", "stranger")
		cluster, url := far+"/called/80::", "http://called."+far+"/"
		known := func(pod string) string { return ask(near, pod, "echo", "http://127.0.0.1:15000/clusters") }
		Expect(known("friend")).NotTo(ContainSubstring(cluster))

		By("answering the first call, and knowing who calls")
		Expect(call(near, "friend", url)).To(MatchRegexp(`(?i)x-forwarded-client-cert.*URI=spiffe://[^/]+/ns/` + near + `/sa/friend\b`))
		Expect(known("friend")).To(ContainSubstring(cluster))
		Expect(known("stranger")).NotTo(ContainSubstring(cluster), "another workload")

		By("telling which Services it knows, and why")
		Eventually(func() string { return weft("proxy", "config", "friend", "--namespace="+near) }).
			Should(And(ContainSubstring("own namespace"), MatchRegexp(`(called before|since then) +`+far+`/called\b`)))
		Eventually(func() string {
			return kubectl("get", "configmaps/weft-scope-"+near, "--namespace=weft-system", "--output=jsonpath={.data}")
		}).
			Should(ContainSubstring(far + "/called"))

		By("refusing the first call of one that the Policy does not name")
		apply(far, `{apiVersion: weft.dev/v1alpha1, kind: Policy, metadata: {name: friend},
			spec: {selector: {matchLabels: {app: called}}, access: {allow: [{from: [{serviceAccount: {name: friend, namespace: `+near+`}}]}]}}}`)
		kubectl("wait", "--namespace="+far, "policies.weft.dev/friend", "--for=condition=Ready", "--timeout=60s")
		Expect(known("stranger")).NotTo(ContainSubstring(cluster))
		out := ask(near, "stranger", "echo", url)
		Expect(out).To(MatchRegexp(`StatusCode=(403|503)`))
		Expect(known("stranger")).To(ContainSubstring(cluster))
		Expect(call(near, "friend", url)).To(ContainSubstring("StatusCode=200"))
	})
})
