// Command check tests the repository against its own rules. It is run from the repository's root.
package main

import (
	"fmt"
	"os"

	"github.com/weft-mesh/weft/hack/tools/check/repo"
	"github.com/weft-mesh/weft/hack/tools/check/rules"
)

func main() {
	files, err := repo.Read(".")
	if err != nil {
		fmt.Fprintln(os.Stderr, "check:", err)
		os.Exit(2)
	}
	failed := false
	for _, rule := range rules.All {
		result := rule(files)
		fmt.Printf("%s: %s\n", result.Rule, result.Looked)
		for _, f := range result.Findings {
			fmt.Printf("%s:%d: %s: %s\n", f.File, f.Line, result.Rule, f.Fix)
			failed = true
		}
	}
	if failed {
		os.Exit(1)
	}
}
