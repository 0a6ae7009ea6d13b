package nft

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/google/nftables"

	"github.com/weft-mesh/weft/internal/redirect"
)

// Apply replaces our table by this one in one transaction, and reads it back. A connection is led by the old table or
// by the new one, never by neither. Applied twice it changes nothing.
func Apply(table redirect.Table) error {
	conn, err := nftables.New()
	if err != nil {
		return explain("open netlink", err)
	}
	fill(conn, table)
	if err := conn.Flush(); err != nil {
		return explain("apply table "+table.Name, err)
	}
	return Verify(table)
}

// fill queues the transaction. The table is added before it is deleted, since the kernel refuses to delete what is
// not there.
func fill(conn *nftables.Conn, table redirect.Table) {
	t := &nftables.Table{Name: table.Name, Family: nftables.TableFamilyINet}
	conn.AddTable(t)
	conn.DelTable(t)
	conn.AddTable(t)
	for _, c := range table.Chains {
		chain := conn.AddChain(&nftables.Chain{
			Name: c.Name, Table: t, Type: nftables.ChainTypeNAT,
			Hooknum: hook(c.Hook), Priority: nftables.ChainPriorityRef(nftables.ChainPriority(redirect.Priority)),
		})
		for _, r := range c.Rules {
			conn.AddRule(&nftables.Rule{Table: t, Chain: chain, Exprs: expressions(r)})
		}
	}
}

func hook(h redirect.Hook) *nftables.ChainHook {
	if h == redirect.Prerouting {
		return nftables.ChainHookPrerouting
	}
	return nftables.ChainHookOutput
}

// explain says what a refusal of the kernel most likely means.
func explain(doing string, err error) error {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s: the container needs the capability NET_ADMIN: %w", doing, err)
	case errors.Is(err, syscall.EPROTONOSUPPORT), errors.Is(err, syscall.EOPNOTSUPP), errors.Is(err, syscall.EAFNOSUPPORT),
		errors.Is(err, syscall.ENOENT), errors.Is(err, syscall.EINVAL):
		return fmt.Errorf("%s: this kernel cannot redirect with nftables; weft needs Linux 5.2 or later with nf_tables, nft_redir and family inet: %w",
			doing, err)
	default:
		return fmt.Errorf("%s: %w", doing, err)
	}
}
