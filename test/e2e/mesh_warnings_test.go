package e2e

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("the Mesh's status", func() {
	It("warns of a port whose protocol nobody declared, until somebody does", func() {
		ns := newMeshNamespace()
		warning := func() string {
			return kubectl("get", "meshes.weft.dev", "default",
				`--output=jsonpath={.status.warnings[?(@.namespace=="`+ns+`")].name}: {.status.warnings[?(@.namespace=="`+ns+`")].reason}`)
		}
		kubectl("create", "service", "clusterip", "cart", "--namespace="+ns, "--tcp=8080")
		Eventually(warning).Should(Equal("cart: ProtocolUndeclared"))

		kubectl("patch", "service", "cart", "--namespace="+ns, "--type=json",
			`--patch=[{"op": "add", "path": "/spec/ports/0/appProtocol", "value": "http"}]`)
		Eventually(warning).Should(Equal(":"))
	})
})
