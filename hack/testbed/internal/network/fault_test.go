package network

import (
	"os/exec"
	"strings"
	"testing"
)

func TestResolve(t *testing.T) {
	for name, want := range map[string]string{"n1": "10.199.0.1", "n2": "10.199.0.2", "host": Host, "10.244.1.7": "10.244.1.7", "fd00::1": "fd00::1"} {
		if got, err := Resolve(name); err != nil || got != want {
			t.Errorf("Resolve(%q) = %q, %v; want %q", name, got, err, want)
		}
	}
	for _, name := range []string{"", "n0", "n999", "nx", "10.244.1", "reviews"} {
		if got, err := Resolve(name); err == nil {
			t.Errorf("Resolve(%q) = %q, want an error", name, got)
		}
	}
}

// TestRulesAreNft asks nft itself whether the rules are well formed.
func TestRulesAreNft(t *testing.T) {
	for name, rules := range map[string]string{
		"partition": Drop("10.199.0.1", "10.199.0.2", 100),
		"loss":      Drop("10.244.1.5", "10.199.0.2", 20),
		"IPv6":      Drop("fd00::1", "fd00::2", 100),
		"heal":      Heal(),
	} {
		cmd := exec.Command("nft", "--check", "--file", "-")
		cmd.Stdin = strings.NewReader(rules)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s\n%s", name, err, out, rules)
		}
	}
}

func TestDropIsSymmetric(t *testing.T) {
	count := func(rules string) map[string]int {
		lines := map[string]int{}
		for line := range strings.Lines(rules) {
			lines[line]++
		}
		return lines
	}
	a, b := count(Drop("10.0.0.1", "10.0.0.2", 30)), count(Drop("10.0.0.2", "10.0.0.1", 30))
	for line, n := range a {
		if b[line] != n {
			t.Errorf("%q stands %d times one way and %d times the other", line, n, b[line])
		}
	}
}
