package nft

import (
	"net/netip"

	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"

	"github.com/weft-mesh/weft/internal/redirect"
)

// register is the kernel's first general register.
const register = 1

// interfaceName is the size of a name in the kernel: IFNAMSIZ.
const interfaceName = 16

// portGiven is NF_NAT_RANGE_PROTO_SPECIFIED. The kernel sets it itself; given, the rule is read back as it was written.
const portGiven = 2

// destinationPort is where a TCP header has it. See RFC 9293, section 3.1.
var destinationPort = expr.Payload{DestRegister: register, Base: expr.PayloadBaseTransportHeader, Offset: 2, Len: 2}

// addresses are where an IP header has them, and how a loopback address begins. See RFC 791, section 3.1, and RFC 8200,
// section 3.
type addresses struct {
	version             byte
	source, destination uint32
	loopback            []byte
}

var families = map[redirect.Family]addresses{
	redirect.IPv4: {unix.NFPROTO_IPV4, 12, 16, []byte{127}},
	redirect.IPv6: {unix.NFPROTO_IPV6, 8, 24, netip.IPv6Loopback().AsSlice()},
}

// expressions are a rule in the kernel's terms.
func expressions(r redirect.Rule) []expr.Any {
	var all []expr.Any
	if r.UID != 0 {
		all = append(all, meta(expr.MetaKeySKUID), equal(binaryutil.NativeEndian.PutUint32(r.UID)))
	}
	if r.Priority != 0 {
		all = append(all, meta(expr.MetaKeyPRIORITY), equal(binaryutil.NativeEndian.PutUint32(r.Priority)))
	}
	if r.Out != "" {
		name := make([]byte, interfaceName)
		copy(name, r.Out)
		all = append(all, meta(expr.MetaKeyOIFNAME), equal(name))
	}
	if r.NotLoopback != "" {
		all = append(all, notLoopback(families[r.NotLoopback])...)
	}
	if r.To != 0 || r.Ports != (redirect.Range{}) {
		all = append(all, meta(expr.MetaKeyL4PROTO), equal([]byte{unix.IPPROTO_TCP}))
	}
	if r.Ports != (redirect.Range{}) {
		port := destinationPort
		all = append(all, &port, &expr.Range{
			Op: expr.CmpOpEq, Register: register,
			FromData: binaryutil.BigEndian.PutUint16(r.Ports.First), ToData: binaryutil.BigEndian.PutUint16(r.Ports.Last),
		})
	}
	if r.To == 0 {
		return append(all, &expr.Verdict{Kind: expr.VerdictReturn})
	}
	return append(all,
		&expr.Immediate{Register: register, Data: binaryutil.BigEndian.PutUint16(r.To)},
		&expr.Redir{RegisterProtoMin: register, RegisterProtoMax: register, Flags: portGiven})
}

// notLoopback asks for the version first: in family inet, bytes of another version's header would be compared.
func notLoopback(a addresses) []expr.Any {
	all := []expr.Any{meta(expr.MetaKeyNFPROTO), equal([]byte{a.version})}
	for _, offset := range []uint32{a.source, a.destination} {
		all = append(all,
			&expr.Payload{DestRegister: register, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: uint32(len(a.loopback))},
			&expr.Cmp{Op: expr.CmpOpNeq, Register: register, Data: a.loopback})
	}
	return all
}

func meta(key expr.MetaKey) *expr.Meta { return &expr.Meta{Key: key, Register: register} }

func equal(data []byte) *expr.Cmp {
	return &expr.Cmp{Op: expr.CmpOpEq, Register: register, Data: data}
}
