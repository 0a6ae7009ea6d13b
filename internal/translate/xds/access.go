package xds

import (
	"strconv"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	rbacconfig "github.com/envoyproxy/go-control-plane/envoy/config/rbac/v3"
	rbac "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/rbac/v3"
	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	mtls "github.com/envoyproxy/go-control-plane/envoy/extensions/rbac/principals/mtls_authenticated/v3"

	"github.com/weft-mesh/weft/internal/model"
)

const rbacType = "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC"

// accessName names the rules of one HTTP port of a workload.
func accessName(workload model.Key, port uint16) string {
	return "access/" + workload.String() + "/" + strconv.Itoa(int(port))
}

// accessFilter asks for the rules. Until they are there, requests are refused.
func accessFilter(name string) *hcm.HttpFilter {
	return &hcm.HttpFilter{
		Name: name,
		ConfigType: &hcm.HttpFilter_ConfigDiscovery{ConfigDiscovery: &core.ExtensionConfigSource{
			ConfigSource: fromADS(),
			TypeUrls:     []string{rbacType},
		}},
	}
}

// accessResource has the rules that apply to a port, each under its own name, so that Envoy's answers and counters name
// it. Without rules it lets everyone through; with an empty list, no one.
func accessResource(trustDomain string, w *model.Workload, port uint16) *Resource {
	config := &rbac.RBAC{}
	if w.Envoy.Isolated {
		config.Rules = &rbacconfig.RBAC{Action: rbacconfig.RBAC_ALLOW, Policies: map[string]*rbacconfig.Policy{}}
		for _, rule := range w.Envoy.Rules {
			if rule.Covers(port) && len(rule.From) > 0 {
				config.Rules.Policies[rule.Name] = policy(trustDomain, rule)
			}
		}
	}
	name := accessName(w.Key, port)
	return encode(FilterType, name, &core.TypedExtensionConfig{Name: name, TypedConfig: packed(config)})
}

func policy(trustDomain string, rule model.Rule) *rbacconfig.Policy {
	out := &rbacconfig.Policy{Permissions: []*rbacconfig.Permission{{Rule: &rbacconfig.Permission_Any{Any: true}}}}
	for _, id := range rule.From {
		out.Principals = append(out.Principals, principal(id.SPIFFE(trustDomain)))
	}
	return out
}

// principal is a caller with a validated certificate for exactly this URI. Envoy's plain form takes a name of any kind.
func principal(uri string) *rbacconfig.Principal {
	return &rbacconfig.Principal{Identifier: &rbacconfig.Principal_Custom{Custom: &core.TypedExtensionConfig{
		Name:        "envoy.rbac.principals.mtls_authenticated",
		TypedConfig: packed(&mtls.Config{SanMatcher: exactSAN(uri)}),
	}}}
}
