package argocd

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"
	"sigs.k8s.io/yaml"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// scripts are those of the ConfigMap.
type scripts struct {
	health    string
	Discovery string `json:"discovery.lua"`
	Actions   []struct {
		Name   string `json:"name"`
		Script string `json:"action.lua"`
	} `json:"definitions"`
}

func load(t *testing.T) scripts {
	t.Helper()
	text, err := os.ReadFile("../../config/argocd/argocd-cm.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var object struct {
		Data map[string]string `json:"data"`
	}
	if err := yaml.Unmarshal(text, &object); err != nil {
		t.Fatal(err)
	}
	const kind = "weft.dev_Canary"
	s := scripts{health: object.Data["resource.customizations.health."+kind]}
	if err := yaml.UnmarshalStrict([]byte(object.Data["resource.customizations.actions."+kind]), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// run gives a script the object and returns what it returns. The script has what Argo CD gives to those that are
// configured: the base, tables, and of the operating system the time.
func run(t *testing.T, script string, object any) any {
	t.Helper()
	l := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer l.Close()
	for name, open := range map[string]lua.LGFunction{lua.LoadLibName: lua.OpenPackage, lua.BaseLibName: lua.OpenBase, lua.TabLibName: lua.OpenTable} {
		if err := l.CallByParam(lua.P{Fn: l.NewFunction(open), Protect: true}, lua.LString(name)); err != nil {
			t.Fatal(err)
		}
	}
	l.PreloadModule("os", func(l *lua.LState) int {
		l.Push(l.SetFuncs(l.NewTable(), map[string]lua.LGFunction{"date": date}))
		return 1
	})
	l.SetGlobal("obj", toLua(l, generic(t, object)))
	if err := l.DoString(script); err != nil {
		t.Fatalf("%v", err)
	}
	return fromLua(l.Get(-1))
}

// date is os.date for the one format that the scripts use.
func date(l *lua.LState) int {
	const format = "!%Y-%m-%dT%H:%M:%SZ"
	if got := l.CheckString(1); got != format {
		l.RaiseError("the format is %q, and the test knows %q", got, format)
	}
	l.Push(lua.LString(time.Now().UTC().Format(time.RFC3339)))
	return 1
}

// generic is an object as JSON gives it.
func generic(t *testing.T, object any) any {
	t.Helper()
	text, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func toLua(l *lua.LState, value any) lua.LValue {
	switch v := value.(type) {
	case bool:
		return lua.LBool(v)
	case float64:
		return lua.LNumber(v)
	case string:
		return lua.LString(v)
	case []any:
		table := l.NewTable()
		for _, item := range v {
			table.Append(toLua(l, item))
		}
		return table
	case map[string]any:
		table := l.NewTable()
		for key, item := range v {
			table.RawSetString(key, toLua(l, item))
		}
		return table
	}
	return lua.LNil
}

func fromLua(value lua.LValue) any {
	switch v := value.(type) {
	case lua.LBool:
		return bool(v)
	case lua.LNumber:
		return float64(v)
	case lua.LString:
		return string(v)
	case *lua.LTable:
		if v.Len() > 0 {
			var out []any
			v.ForEach(func(_, item lua.LValue) { out = append(out, fromLua(item)) })
			return out
		}
		out := map[string]any{}
		v.ForEach(func(key, item lua.LValue) { out[key.String()] = fromLua(item) })
		return out
	}
	return nil
}

// command is what an action has written.
func command(t *testing.T, object any) (v1alpha1.Command, string) {
	t.Helper()
	metadata, _ := object.(map[string]any)["metadata"].(map[string]any)
	annotations, _ := metadata["annotations"].(map[string]any)
	text := fmt.Sprint(annotations[v1alpha1.AnnotationCommand])
	var c v1alpha1.Command
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return c, text
}
