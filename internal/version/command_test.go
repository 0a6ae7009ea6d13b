package version

import (
	"bytes"
	"encoding/json"
	"runtime"
	"strings"
	"testing"
)

func TestCommand(t *testing.T) {
	text, err := run()
	if err != nil || !strings.HasPrefix(text, "weft ") || strings.Count(text, "\n") != 1 {
		t.Errorf("version: got %q, %v; want one line that starts with the program's name", text, err)
	}

	out, err := run("-o", "json")
	if err != nil {
		t.Fatal(err)
	}
	var info Info
	if err := json.Unmarshal([]byte(out), &info); err != nil {
		t.Fatal(err)
	}
	if info.Program != "weft" || info.Platform != runtime.GOOS+"/"+runtime.GOARCH {
		t.Errorf("version -o json: got %+v; want program weft on this platform", info)
	}

	if _, err := run("-o", "yaml"); err == nil {
		t.Error("version -o yaml: no error; want one that names the formats")
	}
}

func run(args ...string) (string, error) {
	var out bytes.Buffer
	c := Command("weft")
	c.SetOut(&out)
	c.SetErr(&out)
	c.SetArgs(args)
	err := c.Execute()
	return out.String(), err
}
