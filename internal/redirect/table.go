package redirect

import "slices"

// Ports and user of the sidecar. They are those of package v1alpha1, which an agent does not link.
const (
	OutboundPort uint16 = 15001
	// FirstPort is where Envoy's connections with FirstPriority come back to it.
	FirstPort   uint16 = 15002
	InboundPort uint16 = 15006
	// HealthPort is reached without the proxy, by the kubelet.
	HealthPort uint16 = 15021
	ProxyUID   uint32 = 1337
)

// FirstPriority is the socket option SO_PRIORITY of a connection by which Envoy calls itself: a first call to a Service
// that it has just learned about. Any process may set priorities up to 6.
const FirstPriority uint32 = 5

// TableName is the name of our table in family inet. No other table is read or changed.
const TableName = "weft"

// Hook is where in a packet's way a chain is asked.
type Hook string

const (
	Prerouting Hook = "prerouting"
	Output     Hook = "output"
)

// Priority is that of destination NAT. See
// https://wiki.nftables.org/wiki-nftables/index.php/Netfilter_hooks.
const Priority int32 = -100

// Family is a version of IP.
type Family string

const (
	IPv4 Family = "ipv4"
	IPv6 Family = "ipv6"
)

// Table is a table of family inet with chains of type nat.
type Table struct {
	Name   string
	Chains []Chain
}

// Chain holds the rules that are asked in turn at a hook. A connection that no rule decides is accepted unchanged.
type Chain struct {
	Name  string
	Hook  Hook
	Rules []Rule
}

// Rule leads TCP to a port of this pod, or leaves the connection alone when To is 0. All conditions that are set must
// hold; a rule with a To or with Ports concerns TCP only.
type Rule struct {
	UID      uint32 // owner of the socket, if not 0
	Priority uint32 // of the socket, if not 0
	Out      string // name of the interface that the packet leaves by, if not empty
	// NotLoopback is the version of a packet that is neither from nor to that version's loopback, if not empty.
	NotLoopback Family
	Ports       Range // destination ports, if not empty
	To          uint16
}

// Range holds the ports from First to Last. The zero Range is empty.
type Range struct{ First, Last uint16 }

// Exclude lists the ports that are not redirected.
type Exclude struct {
	Inbound  []uint16 // ports of this pod
	Outbound []uint16 // ports of others
}

// Build makes the table. The order of the excluded ports and repeats do not matter. With firstCalls, what Envoy opens with
// FirstPriority goes to FirstPort.
func Build(exclude Exclude, firstCalls bool) Table {
	inbound := leave(slices.Concat(exclude.Inbound, []uint16{HealthPort}))
	var outbound []Rule
	if firstCalls {
		outbound = append(outbound, Rule{UID: ProxyUID, Priority: FirstPriority, To: FirstPort})
	}
	outbound = append(outbound, toItself(inbound)...)
	outbound = append(outbound, Rule{UID: ProxyUID}, Rule{Out: "lo"})
	outbound = append(outbound, leave(exclude.Outbound)...)
	return Table{Name: TableName, Chains: []Chain{
		{Name: "inbound", Hook: Prerouting, Rules: append(inbound, Rule{To: InboundPort})},
		{Name: "outbound", Hook: Output, Rules: append(outbound, Rule{To: OutboundPort})},
	}}
}

// toItself leads what Envoy opens to its own pod as prerouting would, which is not asked about it. Envoy dials the
// application from loopback, so that does not come back.
func toItself(left []Rule) []Rule {
	var rules []Rule
	for _, r := range left {
		rules = append(rules, Rule{UID: ProxyUID, Out: "lo", Ports: r.Ports})
	}
	for _, family := range []Family{IPv4, IPv6} {
		rules = append(rules, Rule{UID: ProxyUID, Out: "lo", NotLoopback: family, To: InboundPort})
	}
	return rules
}

// leave makes one rule for each run of neighbouring ports.
func leave(ports []uint16) []Rule {
	sorted := slices.Compact(slices.Sorted(slices.Values(ports)))
	var rules []Rule
	for _, port := range sorted {
		if n := len(rules); n > 0 && rules[n-1].Ports.Last+1 == port {
			rules[n-1].Ports.Last = port
			continue
		}
		rules = append(rules, Rule{Ports: Range{port, port}})
	}
	return rules
}
