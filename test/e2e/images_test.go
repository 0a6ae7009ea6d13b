package e2e

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("the product's images", func() {
	DescribeTable("run under the Restricted profile and say their version", func(name, program string) {
		testbed("load-image", "../../dist/"+name+".tar")
		ns := newNamespace()
		kubectl("label", "namespace", ns, "pod-security.kubernetes.io/enforce=restricted")
		apply(ns, `{apiVersion: v1, kind: Pod, metadata: {name: version}, spec: {
			restartPolicy: Never, securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}},
			containers: [{name: it, image: "weft.local/`+name+`:dev", imagePullPolicy: Never, args: [version],
				securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}}]}}`)
		kubectl("wait", "--namespace="+ns, "--for=jsonpath={.status.phase}=Succeeded", "pod/version", "--timeout=60s")
		Expect(kubectl("logs", "--namespace="+ns, "version")).To(ContainSubstring(program))
	},
		Entry("operator", "operator", "weft-operator"),
		Entry("agent", "agent", "weft-agent"),
	)
})
