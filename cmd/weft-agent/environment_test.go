package main

import (
	"strings"
	"testing"
)

func TestFlagsFromTheEnvironment(t *testing.T) {
	for name, c := range map[string]struct {
		value string
		args  []string
		want  string
	}{
		"environment":      {"10s", nil, "10s"},
		"a flag is closer": {"10s", []string{"--drain=20s"}, "20s"},
	} {
		t.Setenv("WEFT_DRAIN", c.value)
		p := proxyCommand()
		if err := p.ParseFlags(c.args); err != nil {
			t.Fatal(err)
		}
		if err := fromEnvironment(p, nil); err != nil {
			t.Fatal(err)
		}
		if got := p.Flag("drain").Value.String(); got != c.want {
			t.Errorf("%s: drain is %s, want %s", name, got, c.want)
		}
	}
	t.Setenv("WEFT_DRAIN", "soon")
	if err := fromEnvironment(proxyCommand(), nil); err == nil || !strings.Contains(err.Error(), "WEFT_DRAIN") {
		t.Errorf("a bad value: %v, want an error that names WEFT_DRAIN", err)
	}
}
