package xds

import (
	"net/netip"
	"strconv"

	xdscore "github.com/cncf/xds/go/xds/core/v3"
	xdsmatcher "github.com/cncf/xds/go/xds/type/matcher/v3"
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	inputs "github.com/envoyproxy/go-control-plane/envoy/extensions/matching/common_inputs/network/v3"
	ipmatcher "github.com/envoyproxy/go-control-plane/envoy/extensions/matching/input_matchers/ip/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/weft-mesh/weft/internal/model"
)

// Chains of the catcher.
const (
	chainDirect      = "direct"
	chainAsk         = "ask"
	chainPass        = "pass"
	chainPassthrough = "passthrough"
)

// narrowCatcherListener is the catcher of a proxy that doesn't know its whole mesh. The chains are chosen by a matcher
// beside them: when Services come or go it alone changes, and open connections stay.
func narrowCatcherListener(catch model.Catch) *Resource {
	l := catcher(catcherName, outboundPort)
	l.FilterChains = []*listener.FilterChain{
		{Name: chainDirect, Filters: []*listener.Filter{tcpProxy("outbound/direct", clusterNowhere)}},
		askChain(),
		{Name: chainPass, Filters: []*listener.Filter{tcpProxy("outbound/passthrough", clusterPassthrough)}},
	}
	l.FilterChainMatcher = byDestination(catch)
	return encode(ListenerType, catcherName, l)
}

// byDestination chooses the chain. What it leaves open goes to the default chain.
func byDestination(catch model.Catch) *xdsmatcher.Matcher {
	return &xdsmatcher.Matcher{
		MatcherType: &xdsmatcher.Matcher_MatcherTree_{MatcherTree: &xdsmatcher.Matcher_MatcherTree{
			Input: extension("port", &inputs.DestinationPortInput{}),
			TreeType: &xdsmatcher.Matcher_MatcherTree_ExactMatchMap{ExactMatchMap: &xdsmatcher.Matcher_MatcherTree_MatchMap{
				Map: map[string]*xdsmatcher.Matcher_OnMatch{strconv.Itoa(int(outboundPort)): toChain(chainDirect)},
			}},
		}},
		OnNoMatch: &xdsmatcher.Matcher_OnMatch{OnMatch: &xdsmatcher.Matcher_OnMatch_Matcher{Matcher: byAddress(catch)}},
	}
}

// byAddress goes by the longest prefix: Envoy asks for the longer ones first. Its matcher by the longest prefix is not
// stable yet.
func byAddress(catch model.Catch) *xdsmatcher.Matcher {
	var fields []*xdsmatcher.Matcher_MatcherList_FieldMatcher
	for bits := 128; bits >= 0; bits-- {
		for _, chain := range []struct {
			name     string
			prefixes []netip.Prefix
		}{{chainAsk, catch.Ask}, {chainPass, catch.Pass}} {
			if ranges := cidrs(chain.prefixes, bits); len(ranges) > 0 {
				fields = append(fields, &xdsmatcher.Matcher_MatcherList_FieldMatcher{Predicate: within(ranges), OnMatch: toChain(chain.name)})
			}
		}
	}
	return &xdsmatcher.Matcher{MatcherType: &xdsmatcher.Matcher_MatcherList_{MatcherList: &xdsmatcher.Matcher_MatcherList{Matchers: fields}}}
}

func within(ranges []*core.CidrRange) *xdsmatcher.Matcher_MatcherList_Predicate {
	return &xdsmatcher.Matcher_MatcherList_Predicate{MatchType: &xdsmatcher.Matcher_MatcherList_Predicate_SinglePredicate_{
		SinglePredicate: &xdsmatcher.Matcher_MatcherList_Predicate_SinglePredicate{
			Input: extension("address", &inputs.DestinationIPInput{}),
			Matcher: &xdsmatcher.Matcher_MatcherList_Predicate_SinglePredicate_CustomMatch{
				CustomMatch: extension("ranges", &ipmatcher.Ip{CidrRanges: ranges, StatPrefix: "catch"}),
			},
		},
	}}
}

// cidrs are the prefixes of a length.
func cidrs(prefixes []netip.Prefix, bits int) (out []*core.CidrRange) {
	for _, p := range prefixes {
		if p.Bits() == bits {
			out = append(out, &core.CidrRange{AddressPrefix: p.Addr().String(), PrefixLen: wrapperspb.UInt32(uint32(bits))})
		}
	}
	return out
}

func toChain(name string) *xdsmatcher.Matcher_OnMatch {
	return &xdsmatcher.Matcher_OnMatch{OnMatch: &xdsmatcher.Matcher_OnMatch_Action{Action: extension(name, wrapperspb.String(name))}}
}

func extension(name string, config proto.Message) *xdscore.TypedExtensionConfig {
	return &xdscore.TypedExtensionConfig{Name: name, TypedConfig: packed(config)}
}

// catcher hands a connection to the listener of the address that was dialled, and passes on as it is what has none.
func catcher(name string, port uint32) *listener.Listener {
	return &listener.Listener{
		Name:             name,
		Address:          address("127.0.0.1", port),
		TrafficDirection: core.TrafficDirection_OUTBOUND,
		UseOriginalDst:   wrapperspb.Bool(true),
		ListenerFilters:  []*listener.ListenerFilter{originalDestination},
		DefaultFilterChain: &listener.FilterChain{
			Name:    chainPassthrough,
			Filters: []*listener.Filter{tcpProxy(name+"/passthrough", clusterPassthrough)},
		},
	}
}

// plainCatcher is a catcher that refuses to be dialled without redirection: it would call itself for ever.
func plainCatcher(name string, port uint32) *Resource {
	l := catcher(name, port)
	l.FilterChains = []*listener.FilterChain{{
		Name:             chainDirect,
		FilterChainMatch: toPort(port),
		Filters:          []*listener.Filter{tcpProxy(name+"/direct", clusterNowhere)},
	}}
	return encode(ListenerType, name, l)
}
