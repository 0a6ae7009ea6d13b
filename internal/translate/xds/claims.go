package xds

import (
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	jwt "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/jwt_authn/v3"
	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	matcher "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/weft-mesh/weft/internal/model"
)

const (
	// claimsName names the filter that verifies tokens at the caller, and its configuration.
	claimsName = "claims"
	jwtType    = "type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication"
	// jwtMetadata is where that filter puts the payload of a token that it has verified, under the name of the issuer.
	jwtMetadata = "envoy.filters.http.jwt_authn"
	// everyToken is the requirement to verify what is there, and to refuse nothing.
	everyToken = "every-token"
	// issuerClaim is in the payload of every token that was verified.
	issuerClaim = "iss"
)

// claimsFilter is off but for routes that ask for a claim, and costs the others nothing. Its configuration comes apart, so
// that an issuer that comes or changes leaves open connections alone. Before it is there, no token is verified.
func claimsFilter() *hcm.HttpFilter {
	return &hcm.HttpFilter{
		Name:     claimsName,
		Disabled: true,
		ConfigType: &hcm.HttpFilter_ConfigDiscovery{ConfigDiscovery: &core.ExtensionConfigSource{
			ConfigSource:                     fromADS(),
			TypeUrls:                         []string{jwtType},
			DefaultConfig:                    packed(verifying(nil)),
			ApplyDefaultConfigWithoutWarming: true,
		}},
	}
}

// asksForTokens says that a listener of the part has that filter. An Envoy without one never asks for the filter's
// configuration, and would never acknowledge it.
func (p *Part) asksForTokens() bool {
	for id, r := range p.Resources {
		if id.TypeURL == ListenerType && r.Names(claimsName) {
			return true
		}
	}
	return false
}

// claimsPart is the configuration of that filter. It is there without issuers, too: an Envoy that is told that the resource is
// gone goes on with the keys that it has.
func claimsPart(issuers []model.Issuer) *Part {
	c := newContents()
	c.add(encode(FilterType, claimsName, &core.TypedExtensionConfig{Name: claimsName, TypedConfig: packed(verifying(issuers))}))
	return c.part()
}

// soundClaims is told of the Mesh.
func soundClaims(issuers []model.Issuer, last *Part) *Part {
	return sound(claimsPart(issuers), last, func(*Resource) []model.Finding {
		return []model.Finding{{Kind: "Mesh", Field: "spec.jwtIssuers"}}
	})
}

// verifying lets every request pass. Of a token that one of the issuers signed and that is valid now the payload is known
// afterwards, and the route is chosen again. The token stays in the request: it is for the application.
func verifying(issuers []model.Issuer) *jwt.JwtAuthentication {
	out := &jwt.JwtAuthentication{
		RequirementMap: map[string]*jwt.JwtRequirement{
			everyToken: {RequiresType: &jwt.JwtRequirement_AllowMissingOrFailed{AllowMissingOrFailed: &emptypb.Empty{}}},
		},
	}
	for _, is := range issuers {
		if out.Providers == nil {
			out.Providers = map[string]*jwt.JwtProvider{}
		}
		out.Providers[is.Name] = &jwt.JwtProvider{
			Issuer:            is.Issuer,
			Audiences:         is.Audiences,
			RequireExpiration: true,
			JwksSourceSpecifier: &jwt.JwtProvider_LocalJwks{LocalJwks: &core.DataSource{
				Specifier: &core.DataSource_InlineString{InlineString: is.Keys},
			}},
			Forward:           true,
			FromHeaders:       []*jwt.JwtHeader{{Name: "Authorization", ValuePrefix: "Bearer "}},
			PayloadInMetadata: is.Name,
			ClearRouteCache:   true,
		}
	}
	return out
}

// verified has the tokens of a route's requests verified.
func verified(r *route.Route) *route.Route {
	r.TypedPerFilterConfig = map[string]*anypb.Any{claimsName: packed(&route.FilterConfig{
		Config: packed(&jwt.PerRouteConfig{RequirementSpecifier: &jwt.PerRouteConfig_RequirementName{RequirementName: everyToken}}),
	})}
	return r
}

// asksForClaims says that one of the branches does.
func asksForClaims(branches []model.Branch) bool {
	for _, b := range branches {
		for _, c := range b.Match.Conditions {
			if c.Part == model.PartClaim {
				return true
			}
		}
	}
	return false
}

// requireClaim wants a verified token of the issuer, also where the claim itself is turned round.
func requireClaim(m *route.RouteMatch, c model.Condition) {
	m.DynamicMetadata = append(m.DynamicMetadata, inPayload(c.Issuer, issuerClaim, present()))
	of := present()
	if c.Kind != model.Present {
		of = oneOfTexts(text(c))
	}
	claim := inPayload(c.Issuer, c.Name, of)
	claim.Invert = c.Not
	m.DynamicMetadata = append(m.DynamicMetadata, claim)
}

func inPayload(issuer, claim string, value *matcher.ValueMatcher) *matcher.MetadataMatcher {
	segment := func(key string) *matcher.MetadataMatcher_PathSegment {
		return &matcher.MetadataMatcher_PathSegment{Segment: &matcher.MetadataMatcher_PathSegment_Key{Key: key}}
	}
	return &matcher.MetadataMatcher{Filter: jwtMetadata, Path: []*matcher.MetadataMatcher_PathSegment{segment(issuer), segment(claim)}, Value: value}
}

func present() *matcher.ValueMatcher {
	return &matcher.ValueMatcher{MatchPattern: &matcher.ValueMatcher_PresentMatch{PresentMatch: true}}
}

// oneOfTexts fits a text, and a list that holds such a text.
func oneOfTexts(of *matcher.StringMatcher) *matcher.ValueMatcher {
	one := &matcher.ValueMatcher{MatchPattern: &matcher.ValueMatcher_StringMatch{StringMatch: of}}
	list := &matcher.ValueMatcher{MatchPattern: &matcher.ValueMatcher_ListMatch{ListMatch: &matcher.ListMatcher{
		MatchPattern: &matcher.ListMatcher_OneOf{OneOf: one},
	}}}
	return &matcher.ValueMatcher{MatchPattern: &matcher.ValueMatcher_OrMatch{OrMatch: &matcher.OrMatcher{ValueMatchers: []*matcher.ValueMatcher{one, list}}}}
}
