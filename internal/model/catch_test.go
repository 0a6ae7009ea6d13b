package model_test

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/internal/model"
)

// asked says what becomes of an address: the longest prefix decides.
func asked(c model.Catch, a netip.Addr) bool {
	longest, is := -1, false
	for _, kind := range []struct {
		prefixes []netip.Prefix
		is       bool
	}{{c.Ask, true}, {c.Pass, false}} {
		for _, p := range kind.prefixes {
			if p.Contains(a) && p.Bits() > longest {
				longest, is = p.Bits(), kind.is
			}
		}
	}
	return is
}

// addressesIn draws distinct addresses of a few ranges, in order, and divides them between the mesh and others.
func addressesIn(t *rapid.T) (mesh, others []netip.Addr) {
	bases := []uint32{0x0a600000, 0x0a5ffff0, 0x0a000000, 0xac140000, 0x0a7ffff8}
	all := map[netip.Addr]bool{}
	for range rapid.IntRange(0, 40).Draw(t, "number") {
		n := rapid.SampledFrom(bases).Draw(t, "range") + rapid.SampledFrom([]uint32{0, 1, 255, 4000, 70_000}).Draw(t, "far") + rapid.Uint32Range(0, 20).Draw(t, "near")
		a := netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, n)))
		if rapid.IntRange(0, 5).Draw(t, "family") == 0 {
			six := netip.MustParseAddr("fd00:10::").As16()
			binary.BigEndian.PutUint32(six[12:], n)
			a = netip.AddrFrom16(six)
		}
		if all[a] {
			continue
		}
		if all[a] = true; rapid.Bool().Draw(t, "in the mesh") {
			mesh = append(mesh, a)
		} else {
			others = append(others, a)
		}
	}
	slices.SortFunc(mesh, netip.Addr.Compare)
	slices.SortFunc(others, netip.Addr.Compare)
	return mesh, others
}

func TestCatchAsksForTheMeshAndPassesOthers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mesh, others := addressesIn(t)
		c := model.BuildCatch(mesh, others)
		for _, a := range mesh {
			if !asked(c, a) {
				t.Fatalf("%s is in the mesh and is passed: %v", a, c)
			}
		}
		for _, a := range others {
			if asked(c, a) {
				t.Fatalf("%s is not in the mesh and is asked for: %v", a, c)
			}
		}
		for _, a := range []string{"10.244.1.7", "192.0.2.1", "127.0.0.1", "fd00:20::1", "::1"} {
			if asked(c, netip.MustParseAddr(a)) {
				t.Fatalf("%s is far from every Service and is asked for: %v", a, c)
			}
		}
		if len(c.Pass) > len(others) || len(c.Ask) > len(mesh) {
			t.Fatalf("more prefixes than addresses: %v of %v and %v", c, mesh, others)
		}
		both := slices.Concat(c.Ask, c.Pass)
		for i, p := range both {
			if slices.Contains(both[i+1:], p) {
				t.Fatalf("%s is there twice: %v", p, c)
			}
		}
	})
}

func TestCatch(t *testing.T) {
	for _, c := range []struct {
		reason       string
		mesh, others []string
		ask, pass    []string
	}{
		{"nothing to ask for", nil, []string{"10.96.0.1"}, nil, nil},
		{"one address", []string{"10.96.0.7"}, nil, []string{"10.96.0.7/32"}, nil},
		{"a range is one prefix", []string{"10.96.0.7", "10.96.3.9", "10.97.1.1"}, nil, []string{"10.96.0.0/15"}, nil},
		{"others in the range pass", []string{"10.96.0.7", "10.96.0.9", "10.96.1.1"}, []string{"10.96.0.1", "10.96.0.10"},
			[]string{"10.96.0.0/23"}, []string{"10.96.0.0/30", "10.96.0.10/31"}},
		{"a range across a border is two", []string{"10.95.255.255", "10.96.0.0"}, nil, []string{"10.95.255.255/32", "10.96.0.0/32"}, nil},
		{"ranges far apart are two", []string{"10.96.0.1", "172.20.0.1"}, nil, []string{"10.96.0.1/32", "172.20.0.1/32"}, nil},
		{"families are apart", []string{"10.96.0.1", "fd00::1"}, nil, []string{"10.96.0.1/32", "fd00::1/128"}, nil},
	} {
		got := model.BuildCatch(parsed(c.mesh), parsed(c.others))
		if diff := cmp.Diff(model.Catch{Ask: prefixes(c.ask), Pass: prefixes(c.pass)}, got, addresses, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.reason, diff)
		}
	}
}

func parsed(texts []string) (out []netip.Addr) {
	for _, text := range texts {
		out = append(out, netip.MustParseAddr(text))
	}
	return out
}

func prefixes(texts []string) (out []netip.Prefix) {
	for _, text := range texts {
		out = append(out, netip.MustParsePrefix(text))
	}
	return out
}
