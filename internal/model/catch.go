package model

import (
	"cmp"
	"math/bits"
	"net/netip"
	"slices"
)

// Catch says what becomes of a call to an address that a proxy has no listener for. By the longest prefix that holds the
// address, it is asked for on demand or passed on as it is. An address in none is passed on.
type Catch struct{ Ask, Pass []netip.Prefix }

// farApart is between two ranges of addresses: neighbours that are further from each other are not of one range.
// Kubernetes takes the addresses of Services from ranges in which there is nothing else.
const farApart = 1 << 16

// BuildCatch makes the fewest prefixes by which each address of a Service in the mesh is asked for and no other Service's
// is. Both lists are sorted, and have no address in common. An address between those of the mesh that no Service has may
// be asked for; one outside of their ranges never is.
func BuildCatch(mesh, others []netip.Addr) Catch {
	var out Catch
	for from := 0; from < len(mesh); {
		to := from + 1
		for to < len(mesh) && distance(mesh[to-1], mesh[to]) <= farApart {
			to++
		}
		for _, prefix := range cover(mesh[from:to]) {
			out.assign(divided(prefix, inside(prefix, mesh), inside(prefix, others)), pass)
		}
		from = to
	}
	out.Ask, out.Pass = sortedPrefixes(out.Ask), sortedPrefixes(out.Pass)
	return out
}

// cover is one prefix that holds the addresses of a range, or more where one would be much wider than the range.
func cover(addresses []netip.Addr) []netip.Prefix {
	first, last := addresses[0], addresses[len(addresses)-1]
	whole := common(first, last)
	if wide := first.BitLen() - whole.Bits(); wide <= bits.Len(uint(distance(first, last)))+1 {
		return []netip.Prefix{whole}
	}
	low, high := halves(whole)
	return append(cover(inside(low, addresses)), cover(inside(high, addresses))...)
}

func sortedPrefixes(list []netip.Prefix) []netip.Prefix {
	slices.SortFunc(list, func(a, b netip.Prefix) int {
		return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Bits(), b.Bits()))
	})
	return slices.Compact(list)
}

// labels are what may become of a range of addresses.
type labels uint8

const (
	ask labels = 1 << iota
	pass
	either = ask | pass
)

// block is a prefix with what may become of its addresses, and its halves if they differ.
type block struct {
	prefix netip.Prefix
	may    labels
	halves []block
}

// divided looks for the labels of the fewest prefixes from the addresses upwards: halves that can have the same label give
// it to their whole. See Draves et al., "Constructing Optimal IP Routing Tables", 1999.
func divided(prefix netip.Prefix, mesh, others []netip.Addr) block {
	switch {
	case len(mesh)+len(others) == 0:
		return block{prefix: prefix, may: either}
	case len(others) == 0:
		return block{prefix: prefix, may: ask}
	case len(mesh) == 0:
		return block{prefix: prefix, may: pass}
	}
	low, high := halves(prefix)
	b := block{prefix: prefix, halves: []block{
		divided(low, inside(low, mesh), inside(low, others)),
		divided(high, inside(high, mesh), inside(high, others)),
	}}
	if b.may = b.halves[0].may & b.halves[1].may; b.may == 0 {
		b.may = either
	}
	return b
}

// assign names a block where what it inherits is not what it may have.
func (c *Catch) assign(b block, inherited labels) {
	if b.may&inherited == 0 {
		inherited = b.may
		if inherited == ask {
			c.Ask = append(c.Ask, b.prefix)
		} else {
			c.Pass = append(c.Pass, b.prefix)
		}
	}
	for _, half := range b.halves {
		c.assign(half, inherited)
	}
}

// inside is the part of a sorted list that a prefix holds.
func inside(p netip.Prefix, sorted []netip.Addr) []netip.Addr {
	from, _ := slices.BinarySearchFunc(sorted, p.Addr(), netip.Addr.Compare)
	to := from
	if from < len(sorted) {
		n, _ := slices.BinarySearchFunc(sorted[from:], p, func(a netip.Addr, p netip.Prefix) int {
			if p.Contains(a) {
				return -1
			}
			return 1
		})
		to = from + n
	}
	return sorted[from:to]
}

// common is the longest prefix that holds both addresses, which are of one family.
func common(a, b netip.Addr) netip.Prefix {
	bits := a.BitLen()
	for {
		if p := netip.PrefixFrom(a, bits).Masked(); p.Contains(b) {
			return p
		}
		bits--
	}
}

func halves(p netip.Prefix) (low, high netip.Prefix) {
	low = netip.PrefixFrom(p.Addr(), p.Bits()+1)
	bytes := p.Addr().AsSlice()
	bytes[p.Bits()/8] |= 0x80 >> (p.Bits() % 8)
	address, _ := netip.AddrFromSlice(bytes)
	return low, netip.PrefixFrom(address, p.Bits()+1)
}

// distance from an address to one that is not before it, or more than any that matters where they are of two families.
func distance(a, b netip.Addr) int {
	const most = 1 << 48
	if a.BitLen() != b.BitLen() {
		return most
	}
	d := 0
	x, y := a.AsSlice(), b.AsSlice()
	for i := range x {
		if d = d<<8 + int(y[i]) - int(x[i]); d >= most>>8 {
			return most
		}
	}
	return d
}
