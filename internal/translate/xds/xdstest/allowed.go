package xdstest

import (
	"fmt"
	"slices"
	"strings"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	rbacconfig "github.com/envoyproxy/go-control-plane/envoy/config/rbac/v3"
	rbac "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/rbac/v3"
	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	mtls "github.com/envoyproxy/go-control-plane/envoy/extensions/rbac/principals/mtls_authenticated/v3"
	tls "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/weft-mesh/weft/internal/translate/xds"
)

// Allowed reads a set as Envoy would: may a caller with this URI in its certificate call a port? It knows only what
// package xds makes; anything else is an error.
func Allowed(s *xds.Set, caller string, port uint16) (bool, error) {
	l := &listener.Listener{}
	if err := decode(s, xds.ListenerType, "inbound", l); err != nil {
		return false, err
	}
	chain := l.DefaultFilterChain
	for _, c := range l.FilterChains {
		if c.FilterChainMatch.GetDestinationPort().GetValue() == uint32(port) {
			chain = c
		}
	}
	accepted, err := handshake(chain, caller)
	if err != nil || !accepted {
		return false, err
	}
	manager := &hcm.HttpConnectionManager{}
	if config := chain.Filters[0].GetTypedConfig(); !config.MessageIs(manager) {
		return true, nil
	} else if err := config.UnmarshalTo(manager); err != nil {
		return false, fmt.Errorf("filter of chain %s: %w", chain.Name, err)
	}
	return rulesAllow(s, manager.HttpFilters[0].Name, caller)
}

func decode(s *xds.Set, url, name string, into proto.Message) error {
	r := s.Resource(xds.ID{TypeURL: url, Name: name})
	if r == nil {
		return fmt.Errorf("the set has no %s %q", url, name)
	}
	return unpack(r.Body, into, name)
}

func unpack(body *anypb.Any, into proto.Message, name string) error {
	if err := body.UnmarshalTo(into); err != nil {
		return fmt.Errorf("decode %s: %w", name, err)
	}
	return nil
}

// handshake says whether a chain accepts a caller's certificate.
func handshake(chain *listener.FilterChain, caller string) (bool, error) {
	context := &tls.DownstreamTlsContext{}
	if err := unpack(chain.TransportSocket.GetTypedConfig(), context, "TLS context of chain "+chain.Name); err != nil {
		return false, err
	}
	if !context.RequireClientCertificate.GetValue() {
		return true, nil
	}
	matchers := context.CommonTlsContext.GetCombinedValidationContext().GetDefaultValidationContext().GetMatchTypedSubjectAltNames()
	return len(matchers) == 0 || slices.ContainsFunc(matchers, func(m *tls.SubjectAltNameMatcher) bool { return sanMatches(m, caller) }), nil
}

func rulesAllow(s *xds.Set, name, caller string) (bool, error) {
	wrapped, config := &core.TypedExtensionConfig{}, &rbac.RBAC{}
	if err := decode(s, xds.FilterType, name, wrapped); err != nil {
		return false, err
	}
	if err := unpack(wrapped.TypedConfig, config, name); err != nil {
		return false, err
	}
	if config.Rules == nil {
		return true, nil
	}
	for _, p := range config.Rules.Policies {
		for _, who := range p.Principals {
			want := &mtls.Config{}
			if err := unpack(who.GetCustom().GetTypedConfig(), want, "principal in "+name); err != nil {
				return false, err
			}
			if sanMatches(want.SanMatcher, caller) && slices.ContainsFunc(p.Permissions, anyRequest) {
				return true, nil
			}
		}
	}
	return false, nil
}

func sanMatches(m *tls.SubjectAltNameMatcher, uri string) bool {
	if m.GetSanType() != tls.SubjectAltNameMatcher_URI {
		return false
	}
	if prefix := m.Matcher.GetPrefix(); prefix != "" {
		return strings.HasPrefix(uri, prefix)
	}
	return m.Matcher.GetExact() == uri
}

func anyRequest(p *rbacconfig.Permission) bool { return p.GetAny() }
