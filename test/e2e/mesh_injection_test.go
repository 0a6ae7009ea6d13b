package e2e

import (
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("injection", func() {
	It("changes the pod of a joined namespace, and nothing else [B05 B07 B08]", func() {
		joined, plain := newMeshNamespace(), newNamespace()
		written := map[string][]string{}
		for _, ns := range []string{joined, plain} {
			applyFile(ns, "pair.yaml")
			rolledOut(ns, "called")
			rolledOut(ns, "caller")
			written[ns] = objects(ns)
		}
		By("leaving all other objects as they were written, and labelling its own")
		Expect(written[plain]).To(ContainElement(HavePrefix("Deployment/called")))
		Expect(written[joined]).To(Equal(written[plain]))
		Expect(field(joined, generatedKinds, "weft.dev/managed-by", "{.items[*].kind}")).To(HaveExactElements("ConfigMap"))
		Expect(field(plain, generatedKinds, "weft.dev/managed-by", "{.items[*].kind}")).To(BeEmpty())

		By("adding the proxy to the joined pod only")
		Expect(field(joined, "pods", "app=called", "{.items[*].spec.initContainers[*].name}")).To(ContainElement("weft-proxy"))
		Expect(field(plain, "pods", "app=called", "{.items[*].spec.initContainers[*].name}")).To(BeEmpty())
		Expect(kubectl("get", "pods", "--namespace=kube-system", "--output=jsonpath={.items[*].spec.initContainers[*].name}")).NotTo(ContainSubstring("weft"))

		By("keeping the agent's directory and keys out of the application")
		Expect(field(joined, "pods", "app=called", "{.items[*].spec.containers[*].volumeMounts[*].mountPath}")).NotTo(ContainElement(HavePrefix("/run/weft")))
		Expect(kubectl("get", "secrets", "--namespace="+joined, "--output=name")).To(BeEmpty())

		By("starting the application after the proxy")
		started := field(joined, "pods", "app=called", `{.items[*].status.initContainerStatuses[?(@.name=="weft-proxy")].state.running.startedAt} {.items[*].status.containerStatuses[*].state.running.startedAt}`)
		Expect(started).To(HaveLen(2))
		Expect(started[1] >= started[0]).To(BeTrue(), "started at %v", started)
	})
})

const generatedKinds = "configmaps,secrets,services,endpointslices,networkpolicies"

// objects tells of all objects that don't say to be weft's which they are, how often their specs have changed, and which
// programs have written to them. The end of an EndpointSlice's name is random. The API server lists writers by the second
// they wrote in, so their order says nothing.
func objects(namespace string) (lines []string) {
	GinkgoHelper()
	for _, of := range [][2]string{
		{"deployments,configmaps,secrets,services,networkpolicies", "{.metadata.name} {.metadata.generation}"},
		{"endpointslices", "{.metadata.generateName}"},
	} {
		found := kubectl("get", of[0], "--namespace="+namespace, "--selector=!weft.dev/managed-by", "--show-managed-fields",
			`--output=jsonpath={range .items[*]}{.kind}/`+of[1]+
				`{range .metadata.managedFields[*]} {.manager}:{.operation}:{.subresource}{end}{"\n"}{end}`)
		for line := range strings.Lines(found) {
			words := strings.Fields(line)
			slices.Sort(words[1:])
			lines = append(lines, strings.Join(words, " "))
		}
	}
	return lines
}
