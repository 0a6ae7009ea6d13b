package envtest

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// What counts is the effective value: without the field it is cluster.local.
var _ = DescribeTable("a Mesh's trust domain can be written down or left out, but not changed [A21]",
	func(ctx SpecContext, before, after string, taken bool) {
		mesh := sample("Mesh", []string{"metadata", "name"}, "trust")
		set := func(value string) {
			delete(mesh.Object["spec"].(map[string]any), "trustDomain")
			if value != "" {
				put(mesh.Object, strings.Split("spec.trustDomain", "."), value)
			}
		}
		set(before)
		Expect(api.Create(ctx, mesh)).To(Succeed())
		DeferCleanup(api.Delete, mesh.DeepCopy())

		set(after)
		err := api.Update(ctx, mesh, client.DryRunAll)
		if taken {
			Expect(err).NotTo(HaveOccurred())
			return
		}
		Expect(refusal(err, "spec.trustDomain")).To(ContainSubstring("can't be changed"))
	},
	Entry("to another", "example.org", "example.com", false),
	Entry("from the default to another", "", "example.org", false),
	Entry("from another back to the default", "example.org", "", false),
	Entry("from another to the default's name", "example.org", "cluster.local", false),
	Entry("from the default to its name", "", "cluster.local", true),
	Entry("from the default's name to the default", "cluster.local", "", true),
	Entry("to itself", "example.org", "example.org", true),
)
