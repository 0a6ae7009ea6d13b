package network

import (
	"context"
	"fmt"
	"net/netip"
	"os/exec"
	"strconv"
	"strings"
)

const table = "inet weft_fault"

// Resolve turns the name of a node, "host", or an address into an address.
func Resolve(name string) (string, error) {
	if name == "host" {
		return Host, nil
	}
	if number, found := strings.CutPrefix(name, "n"); found {
		if i, err := strconv.Atoi(number); err == nil && i > 0 && i < 254 {
			return Address(i), nil
		}
	}
	if _, err := netip.ParseAddr(name); err != nil {
		return "", fmt.Errorf("%q is no node, no address and not \"host\"", name)
	}
	return name, nil
}

// Drop renders the rules that drop a share of the packets between two addresses, both ways, in percent.
// They look at packets after address translation, so a pod's address means the pod also behind a Service.
func Drop(a, b string, percent int) string {
	chance := ""
	if percent < 100 {
		chance = fmt.Sprintf("numgen random mod 100 < %d ", percent)
	}
	family := "ip"
	if strings.Contains(a, ":") {
		family = "ip6"
	}
	var out strings.Builder
	fmt.Fprintf(&out, "add table %s\n", table)
	for _, hook := range []string{"input", "forward", "output"} {
		fmt.Fprintf(&out, "add chain %s %s { type filter hook %s priority 10; }\n", table, hook, hook)
		for _, pair := range [][2]string{{a, b}, {b, a}} {
			fmt.Fprintf(&out, "add rule %s %s %s saddr %s %s daddr %s %scounter drop\n", table, hook, family, pair[0], family, pair[1], chance)
		}
	}
	return out.String()
}

// Heal renders the rules that take all faults back.
func Heal() string { return fmt.Sprintf("add table %s\ndelete table %s\n", table, table) }

// Apply loads rules into the network namespace of a node's init.
func Apply(ctx context.Context, pid int, rules string) error {
	cmd := exec.CommandContext(ctx, "nsenter", "--target", strconv.Itoa(pid), "--net", "nft", "--file", "-")
	cmd.Stdin = strings.NewReader(rules)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("load nft rules: %w: %s", err, out)
	}
	return nil
}
