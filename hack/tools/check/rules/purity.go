package rules

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"
)

// corePackages are functions from values to values. A trailing /... includes the packages below. The packages
// below internal/redirect are its edges.
var corePackages = []string{
	"internal/snapshot/...",
	"internal/model/...",
	"internal/translate/...",
	"internal/inject/...",
	"internal/rollout/...",
	"internal/hold/...",
	"internal/stage/...",
	"internal/status/...",
	"internal/policy/...",
	"internal/ack/...",
	"internal/calls/...",
	"internal/eprocess/...",
	"internal/outcome/...",
	"internal/reading/...",
	"internal/redirect",
}

// worldImports reach the outside. A trailing /... includes the packages below.
var worldImports = []string{
	"context",
	"log/...",
	"net/http/...",
	"os/...",
	"github.com/go-logr/...",
	"k8s.io/client-go/...",
	"k8s.io/klog/...",
	"sigs.k8s.io/controller-runtime/...",
}

// clockReads are what package time takes from the machine's clock.
var clockReads = []string{"After", "AfterFunc", "NewTicker", "NewTimer", "Now", "Since", "Sleep", "Tick", "Until"}

// Purity keeps client, context, clock, logger and environment out of the core.
func Purity(files Files) Result {
	result := Result{Rule: "core purity"}
	packages := map[string]bool{}
	count := 0
	for name, text := range files.under("internal") {
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || !matchesAny(corePackages, path.Dir(name)) {
			continue
		}
		packages[path.Dir(name)] = true
		count++
		result.Findings = append(result.Findings, impure(name, text)...)
	}
	result.Looked = fmt.Sprintf("%d files in %d core packages", count, len(packages))
	return result
}

func impure(name, text string) []Finding {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, text, parser.SkipObjectResolution)
	if err != nil {
		return []Finding{{File: name, Line: 1, Fix: "make it parse: " + err.Error()}}
	}
	var found []Finding
	report := func(node ast.Node, fix string) {
		found = append(found, Finding{File: name, Line: set.Position(node.Pos()).Line, Fix: fix})
	}
	clock := ""
	for _, spec := range file.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value)
		if matchesAny(worldImports, imported) {
			report(spec, "the core must not import "+imported+"; take a value instead")
		}
		if imported == "time" {
			clock = "time"
			if spec.Name != nil {
				clock = spec.Name.Name
			}
			if clock == "." {
				report(spec, "import time by name, so that a read of the clock is seen")
			}
		}
	}
	ast.Inspect(file, func(node ast.Node) bool {
		if sel, ok := node.(*ast.SelectorExpr); ok {
			if pkg, ok := sel.X.(*ast.Ident); ok && clock != "" && pkg.Name == clock && slices.Contains(clockReads, sel.Sel.Name) {
				report(sel, "the core must not use time."+sel.Sel.Name+"; take now as a value")
			}
		}
		return true
	})
	return found
}

func matchesAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		root, below := strings.CutSuffix(pattern, "/...")
		return name == root || below && strings.HasPrefix(name, root+"/")
	})
}
