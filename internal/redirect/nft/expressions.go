package nft

import (
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

// expressions are a rule in the kernel's terms.
func expressions(r redirect.Rule) []expr.Any {
	var all []expr.Any
	if r.UID != 0 {
		all = append(all, meta(expr.MetaKeySKUID), equal(binaryutil.NativeEndian.PutUint32(r.UID)))
	}
	if r.Out != "" {
		name := make([]byte, interfaceName)
		copy(name, r.Out)
		all = append(all, meta(expr.MetaKeyOIFNAME), equal(name))
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

func meta(key expr.MetaKey) *expr.Meta { return &expr.Meta{Key: key, Register: register} }

func equal(data []byte) *expr.Cmp {
	return &expr.Cmp{Op: expr.CmpOpEq, Register: register, Data: data}
}
