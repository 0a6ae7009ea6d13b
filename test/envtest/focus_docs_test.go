package envtest

import (
	"os"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("what docs/canary-focus.md tells people to apply", func() {
	It("is taken by the API server", func(ctx SpecContext) {
		page, err := os.ReadFile(filepath.Join("..", "..", "docs", "canary-focus.md"))
		Expect(err).NotTo(HaveOccurred())
		blocks := strings.Split(string(page), "```yaml\n")[1:]
		Expect(blocks).To(HaveLen(5))
		for _, block := range blocks {
			text, _, _ := strings.Cut(block, "```")
			Expect(dryRun(ctx, object(strings.ReplaceAll(text, "namespace: shop", "namespace: default")))).To(Succeed(), text)
		}
	})

	DescribeTable("as examples is taken by the API server",
		func(ctx SpecContext, release string) {
			printed, status := kubectl(ctx, "", "kustomize", filepath.Join("..", "..", "examples", "bookstore", "releases", release))
			Expect(status).To(BeZero(), printed)
			canary, _, _ := strings.Cut(printed, "\n---\n")
			Expect(dryRun(ctx, object(strings.ReplaceAll(canary, "namespace: bookstore", "namespace: default")))).To(Succeed(), canary)
		},
		Entry(nil, "v2-preview"),
		Entry(nil, "v2-focus"),
	)
})
