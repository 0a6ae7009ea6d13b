package crash

import (
	order "cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// failpoints reads the names from the source, so that a new one is crashed at without a change here. By identifier.
func failpoints(t *testing.T) map[string]string {
	t.Helper()
	names := map[string]string{}
	ast.Inspect(parse(t, filepath.Join(root, "internal/apply/writes.go")), func(n ast.Node) bool {
		spec, is := n.(*ast.ValueSpec)
		if !is || selector(spec.Type) != "failpoint.Name" {
			return true
		}
		for i, name := range spec.Names {
			value, err := strconv.Unquote(spec.Values[i].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			names[name.Name] = value
		}
		return true
	})
	return names
}

// verbs write. That of a controller-runtime client or of client-go, on whatever it is called.
var verbs = []string{"Create", "Update", "UpdateStatus", "Patch", "Replace", "Apply", "ApplyStatus", "Delete", "DeleteAllOf", "DeleteCollection", "Finalizer"}

// Besides the operator's writes there are the lease, which is not of the work, questions, of which the API server stores
// nothing, and the writes of other programs.
var apart = []string{"internal/cli", "internal/uninstall", "internal/leader", "internal/review", "internal/apply"}

func TestAllWritesPassAFailpoint(t *testing.T) {
	names := failpoints(t)
	used := map[string]bool{}
	var bare []string
	for _, file := range operatorSources(t) {
		inspectWrites(parse(t, file), func(call string, name string) {
			if _, known := names[name]; !known {
				bare = append(bare, file+": "+call)
			}
			used[name] = true
		})
	}
	// Events are written for notices, inside of package apply.
	used["Event"] = slices.ContainsFunc(operatorSources(t), func(file string) bool { return calls(parse(t, file), "Notices") })
	if len(bare) > 0 {
		t.Errorf("writes that don't go through internal/apply:\n%s", strings.Join(bare, "\n"))
	}
	for name := range names {
		if !used[name] {
			t.Errorf("no controller writes %s", name)
		}
	}
}

func TestBareWriteIsFound(t *testing.T) {
	const source = `package p
func f() {
	c.Create(ctx, object)
	c.Status().Update(ctx, object)
	w.Writer.Update(ctx, apply.PolicyStatus, object)
	c.store(ctx, apply.CASecret, object, data)
	hash.Sum(nil)
}`
	file, err := parser.ParseFile(token.NewFileSet(), "", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	inspectWrites(file, func(call, name string) { got = append(got, call+" "+name) })
	want := []string{"Create ", "Update ", "Update PolicyStatus", "store CASecret"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// inspectWrites visits calls of writing verbs with a context, and calls that pass a failpoint on. The name is empty
// where the second argument is none.
func inspectWrites(file *ast.File, visit func(call, name string)) {
	ast.Inspect(file, func(n ast.Node) bool {
		call, is := n.(*ast.CallExpr)
		if !is || len(call.Args) < 2 {
			return true
		}
		function, is := call.Fun.(*ast.SelectorExpr)
		if !is {
			return true
		}
		name, passes := strings.CutPrefix(selector(call.Args[1]), "apply.")
		if !passes && selector(call.Args[1]) == "name" {
			return true // the name comes from the caller, which is visited
		}
		if !passes {
			name = ""
		}
		context := slices.Contains([]string{"ctx", "term"}, selector(call.Args[0])) || strings.HasPrefix(selector(call.Args[0]), "context.")
		if passes && context || slices.Contains(verbs, function.Sel.Name) && (context || isCall(call.Args[0])) {
			visit(function.Sel.Name, name)
		}
		return true
	})
}

func isCall(e ast.Expr) bool { _, is := e.(*ast.CallExpr); return is }

func calls(file *ast.File, method string) (found bool) {
	ast.Inspect(file, func(n ast.Node) bool {
		if s, is := n.(*ast.SelectorExpr); is && s.Sel.Name == method {
			found = true
		}
		return !found
	})
	return found
}

// selector is X or X.Y as text; empty for other expressions.
func selector(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		if x := selector(e.X); x != "" {
			return x + "." + e.Sel.Name
		}
	}
	return ""
}

func operatorSources(t *testing.T) (files []string) {
	t.Helper()
	for _, folder := range []string{"cmd/weft-operator", "controllers", "internal", "webhook"} {
		err := fs.WalkDir(os.DirFS(root), folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() && slices.Contains(apart, path) {
				return order.Or(err, fs.SkipDir)
			}
			if strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
				files = append(files, filepath.Join(root, path))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func parse(t *testing.T, file string) *ast.File {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}
