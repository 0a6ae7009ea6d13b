package envtest

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("the focus of a Canary", func() {
	canary := func(rest string) string {
		return `
apiVersion: weft.dev/v1alpha1
kind: Canary
metadata: {name: focused, namespace: default}
spec:
  service: {name: reviews}
  workloads: {stable: {matchLabels: {version: v1}}, canary: {matchLabels: {version: v2}}}
` + rest
	}
	matched := func(match string) string { return canary("  steps: [{weight: 5}]\n  match: [" + match + "]\n") }
	// A message of "" means that it is taken.
	DescribeTable("is checked at admission [A21 D07 D20]",
		func(ctx SpecContext, text, field, message string) {
			err := dryRun(ctx, object(text))
			if message == "" {
				Expect(err).NotTo(HaveOccurred())
				return
			}
			Expect(refusal(err, field)).To(ContainSubstring(message))
		},
		Entry("by all that there is", matched(`{
			headers: [{name: x-user, exact: ada}, {name: x-team}], cookies: [{name: user, regex: "[^@]+@some-company-name[.]com"}],
			query: [{name: beta, prefix: "1", not: true}], path: {prefix: /a}, method: {regex: "GET|HEAD", not: true}, region: {anyOf: [eu, us], not: true}}`), "", ""),
		Entry("that says nothing", matched(`{}`), "spec.match[0]", "at least 1 properties"),
		Entry("of no match", canary("  steps: [{weight: 5}]\n  match: []\n"), "spec.match", "at least 1 items"),
		Entry("by two texts", matched(`{headers: [{name: x-user, exact: ada, prefix: a}]}`), "spec.match[0].headers[0]", "at most one of"),
		Entry("by two texts of the path", matched(`{path: {exact: /a, regex: "/a.*"}}`), "spec.match[0].path", "exactly one of"),
		Entry("by no text of the path", matched(`{path: {not: true}}`), "spec.match[0].path", "exactly one of"),
		Entry("by no expression", matched(`{cookies: [{name: user, regex: "("}]}`), "spec.match[0].cookies[0]", "regex must be a regular expression of RE2"),
		Entry("by a look behind, which RE2 does not have", matched(`{method: {regex: "(?<=G)ET"}}`), "spec.match[0].method", "regex must be a regular expression of RE2"),
		Entry("by a name that is none", matched(`{query: [{name: "a&b"}]}`), "spec.match[0].query[0].name", "should match"),
		Entry("by no region", matched(`{region: {anyOf: []}}`), "spec.match[0].region.anyOf", "at least 1 items"),
		Entry("by a claim", matched(`{claims: [{issuer: corp, name: "https://corp.example/roles", exact: beta, not: true}]}`), "", ""),
		Entry("by a claim of nobody", matched(`{claims: [{issuer: "", name: sub}]}`), "spec.match[0].claims[0].issuer", "at least 1 chars"),
		Entry("by two texts of a claim", matched(`{claims: [{issuer: corp, name: sub, exact: a, prefix: b}]}`), "spec.match[0].claims[0]", "at most one of"),

		Entry("and then everyone", canary("  steps: [{weight: 5}, {weight: 50, everyone: true}, {weight: 60, everyone: true}]\n  match: [{headers: [{name: a}]}]\n"), "", ""),
		Entry("and everyone in between", canary("  steps: [{weight: 5, everyone: true}, {weight: 50}]\n  match: [{headers: [{name: a}]}]\n"), "spec.steps", "set everyone in all later steps"),
		Entry("that is not there, and everyone", canary("  steps: [{weight: 5, everyone: true}]\n"), "spec", "everyone is for a Canary with a match"),

		Entry("with nothing in a step", canary("  steps: [{weight: 0}, {weight: 5}]\n"), "spec", "a step of weight 0 needs a mirror, or spec.preview"),
		Entry("with copies", canary("  steps: [{weight: 0, mirror: 10}, {weight: 5}]\n"), "", ""),
		Entry("with copies at a weight", canary("  steps: [{weight: 5, mirror: 10}]\n"), "spec.steps[0]", "mirror is for the step of weight 0"),
		Entry("with copies that are counted", canary("  steps: [{weight: 0, mirror: 10, minRequests: 100}, {weight: 5}]\n"), "spec.steps[0]", "has no requests to count"),
		Entry("with copies of more than all", canary("  steps: [{weight: 0, mirror: 101}, {weight: 5}]\n"), "spec.steps[0].mirror", "less than or equal to 100"),

		Entry("with a preview, and a person who promotes", canary("  steps: [{weight: 0, pause: {}}]\n  preview: [{headers: [{name: a}]}]\n"), "", ""),
		Entry("with a preview, and a webhook", canary("  steps: [{weight: 0}]\n  preview: [{headers: [{name: a}]}]\n  webhooks: [{name: tests, url: \"http://tests/\"}]\n"), "", ""),
		Entry("with a preview, and a webhook before something else", canary("  steps: [{weight: 0}]\n  preview: [{headers: [{name: a}]}]\n  webhooks: [{name: tests, url: \"http://tests/\", before: [Start]}]\n"), "spec", "nothing is compared"),
		Entry("with a preview, and nobody who promotes", canary("  steps: [{weight: 0}]\n  preview: [{headers: [{name: a}]}]\n"), "spec", "nothing is compared before the new version gets all requests"),
		Entry("with a preview, and a step that is judged", canary("  steps: [{weight: 0}, {weight: 5}]\n  preview: [{headers: [{name: a}]}]\n"), "", ""),
	)
})
