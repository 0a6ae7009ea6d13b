package report

import (
	"fmt"
	"strings"
	"testing"
)

func TestTail(t *testing.T) {
	var tail Tail
	for i := range 300 {
		fmt.Fprintf(&tail, "line %d\n", i)
	}
	fmt.Fprint(&tail, "no ")
	fmt.Fprint(&tail, "end")
	lines := strings.Split(strings.TrimSuffix(tail.String(), "\n"), "\n")
	if len(lines) != tailLines || lines[0] != "line 101" || lines[tailLines-1] != "no end" {
		t.Errorf("want 200 lines from 101 to the unfinished one, got %d: %q ... %q", len(lines), lines[0], lines[len(lines)-1])
	}
}

func TestAnonymous(t *testing.T) {
	cases := map[string]struct{ text, want string }{
		"Root":   {"cd /srv/weft/hack", "cd ./hack"},
		"Home":   {"GOPATH=/srv/go", "GOPATH=~/go"},
		"Alone":  {"in /srv/weft", "in ."},
		"Longer": {"/srvr/x /srv/weft2", "/srvr/x ~/weft2"},
		"Colors": {"\x1b[31mred\x1b[0m", "red"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := Anonymous(tc.text, "/srv/weft", "/srv"); got != tc.want {
				t.Errorf("want %q, got %q", tc.want, got)
			}
		})
	}
}
