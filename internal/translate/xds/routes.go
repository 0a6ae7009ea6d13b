package xds

import (
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	matcher "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/weft-mesh/weft/internal/model"
)

// internalError is the status of a request that a route can't serve.
const internalError = 500

// routesOf are the routes of a port. Without an HTTPRoute everything goes to the Service itself; with one, a request
// that matches none gets a 404.
func routesOf(service *model.Service, port *model.Port) []model.Route {
	if len(port.RouteStamps) == 0 {
		return []model.Route{service.Default(*port)}
	}
	return port.Routes
}

func routeConfiguration(m *model.Model, name string, service *model.Service, port *model.Port) *Resource {
	host := &route.VirtualHost{Name: name, Domains: []string{"*"}, RequestBodyBufferLimit: wrapperspb.UInt64(retryBody)}
	for _, r := range routesOf(service, port) {
		host.Routes = append(host.Routes, keptTogether(envoyRoute(m, r), m.StickyHeader(service, r)))
	}
	return encode(RouteType, name, &route.RouteConfiguration{
		Name:             name,
		VirtualHosts:     []*route.VirtualHost{host},
		ValidateClusters: wrapperspb.Bool(false),
	})
}

func envoyRoute(m *model.Model, r model.Route) *route.Route {
	out := &route.Route{Name: r.Name, Match: match(r.Match)}
	if canary, judged := m.Judge(r); judged {
		out.Name = JudgedRoute + canary.String()
	}
	action := forward(m.Destinations(r))
	if r.Broken || action == nil {
		out.Action = &route.Route_DirectResponse{DirectResponse: &route.DirectResponseAction{Status: internalError}}
		return out
	}
	timeout, attempts := m.RouteLimits(r)
	action.Timeout = durationpb.New(timeout)
	action.RetryPolicy = retries(attempts, m.RoutesNear(r))
	out.Action = &route.Route_Route{Route: action}
	return out
}

// forward divides requests between destinations. It is nil when there is no weight to divide by: Envoy refuses that.
func forward(destinations []model.Destination) *route.RouteAction {
	action, total := &route.RouteAction{}, uint32(0)
	clusters := &route.WeightedCluster{}
	at := map[string]*route.WeightedCluster_ClusterWeight{}
	for _, d := range destinations {
		name := ClusterName(d.Service, d.Port, d.Subset)
		if d.Service == (model.Key{}) {
			name = clusterMissing
			action.ClusterNotFoundResponseCode = route.RouteAction_INTERNAL_SERVER_ERROR
		}
		total += d.Weight
		if c := at[name]; c != nil {
			c.Weight.Value += d.Weight
			continue
		}
		at[name] = &route.WeightedCluster_ClusterWeight{Name: name, Weight: wrapperspb.UInt32(d.Weight)}
		clusters.Clusters = append(clusters.Clusters, at[name])
	}
	switch {
	case total == 0:
		return nil
	case len(clusters.Clusters) == 1:
		action.ClusterSpecifier = &route.RouteAction_Cluster{Cluster: clusters.Clusters[0].Name}
	default:
		action.ClusterSpecifier = &route.RouteAction_WeightedClusters{WeightedClusters: clusters}
	}
	return action
}

func match(m model.Match) *route.RouteMatch {
	out := &route.RouteMatch{}
	switch {
	case m.PathExact != "":
		out.PathSpecifier = &route.RouteMatch_Path{Path: m.PathExact}
	case m.PathPrefix != "":
		out.PathSpecifier = &route.RouteMatch_PathSeparatedPrefix{PathSeparatedPrefix: m.PathPrefix}
	default:
		out.PathSpecifier = &route.RouteMatch_Prefix{Prefix: "/"}
	}
	if m.Method != "" {
		out.Headers = append(out.Headers, exactHeader(":method", m.Method))
	}
	for _, h := range m.Headers {
		out.Headers = append(out.Headers, exactHeader(h.Name, h.Value))
	}
	return out
}

func exactHeader(name, value string) *route.HeaderMatcher {
	return &route.HeaderMatcher{
		Name: name,
		HeaderMatchSpecifier: &route.HeaderMatcher_StringMatch{StringMatch: &matcher.StringMatcher{
			MatchPattern: &matcher.StringMatcher_Exact{Exact: value},
		}},
	}
}
