package nft

import (
	"fmt"
	"slices"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"

	"github.com/weft-mesh/weft/internal/redirect"
)

// Verify reads our table back from the kernel. Its error says what is missing or different.
func Verify(table redirect.Table) error {
	conn, err := nftables.New()
	if err != nil {
		return explain("open netlink", err)
	}
	chains, err := conn.ListChainsOfTableFamily(nftables.TableFamilyINet)
	if err != nil {
		return explain("list chains", err)
	}
	chains = slices.DeleteFunc(chains, func(c *nftables.Chain) bool { return c.Table.Name != table.Name })
	if len(chains) != len(table.Chains) {
		return fmt.Errorf("table %s has %d chains, want %d", table.Name, len(chains), len(table.Chains))
	}
	for _, want := range table.Chains {
		i := slices.IndexFunc(chains, func(c *nftables.Chain) bool { return c.Name == want.Name })
		if i < 0 {
			return fmt.Errorf("table %s has no chain %s", table.Name, want.Name)
		}
		if err := verifyChain(conn, chains[i], want); err != nil {
			return fmt.Errorf("chain %s of table %s: %w", want.Name, table.Name, err)
		}
	}
	return nil
}

func verifyChain(conn *nftables.Conn, got *nftables.Chain, want redirect.Chain) error {
	if got.Type != nftables.ChainTypeNAT || got.Hooknum == nil || *got.Hooknum != *hook(want.Hook) ||
		got.Priority == nil || int32(*got.Priority) != redirect.Priority {
		return fmt.Errorf("it is not a nat chain at hook %s with priority %d", want.Hook, redirect.Priority)
	}
	rules, err := conn.GetRules(got.Table, got)
	if err != nil {
		return explain("list rules", err)
	}
	if len(rules) != len(want.Rules) {
		return fmt.Errorf("it has %d rules, want %d", len(rules), len(want.Rules))
	}
	for i, rule := range rules {
		if !same(rule.Exprs, expressions(want.Rules[i])) {
			return fmt.Errorf("rule %d differs, want %+v", i+1, want.Rules[i])
		}
	}
	return nil
}

// same compares what the kernel was given with what it gives back, as bytes on the wire.
func same(a, b []expr.Any) bool {
	return slices.EqualFunc(a, b, func(x, y expr.Any) bool {
		left, errLeft := expr.Marshal(unix.AF_INET, x)
		right, errRight := expr.Marshal(unix.AF_INET, y)
		return errLeft == nil && errRight == nil && slices.Equal(left, right)
	})
}
