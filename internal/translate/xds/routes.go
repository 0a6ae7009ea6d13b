package xds

import (
	"cmp"
	"regexp"
	"slices"
	"time"

	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	matcher "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/outcome"
)

// Statuses of a request that a route can't serve. Of a gRPC call the latter becomes UNAVAILABLE.
const (
	internalError      = 500
	serviceUnavailable = 503
)

// refusals is that status, and the same one for a share that can't be served.
func refusals(r model.Route) (status uint32, share route.RouteAction_ClusterNotFoundResponseCode) {
	if r.Kind == model.KindGRPCRoute {
		return serviceUnavailable, route.RouteAction_SERVICE_UNAVAILABLE
	}
	return internalError, route.RouteAction_INTERNAL_SERVER_ERROR
}

// routesOf are the routes of a port. Without an HTTPRoute or GRPCRoute everything goes to the Service itself; with one, a request
// that matches none gets a 404.
func routesOf(service *model.Service, port *model.Port) []model.Route {
	if len(port.RouteStamps) == 0 {
		return []model.Route{service.Default(*port)}
	}
	return port.Routes
}

// routeConfiguration has the routes of a port for callers everywhere, and those for callers in regions that a Canary tells
// apart.
func routeConfiguration(m *model.Model, name string, service *model.Service, port *model.Port) *Resource {
	routes := routesOf(service, port)
	out := routesAt(m, name, service, routes, "")
	var regions []string
	for _, r := range routes {
		regions = append(regions, m.Regions(r)...)
	}
	if len(regions) == 0 {
		return out
	}
	slices.Sort(regions)
	out.Near = map[model.Place]*Resource{}
	versions := [][]byte{[]byte(out.Version)}
	for _, region := range slices.Compact(regions) {
		near := routesAt(m, name, service, routes, region)
		out.Near[model.Place{Region: region}] = near
		out.Problem = cmp.Or(out.Problem, near.Problem)
		versions = append(versions, []byte(region), []byte(near.Version))
	}
	out.Version = hash(versions...)
	return out
}

// routesAt are the routes of a port for callers in a region.
func routesAt(m *model.Model, name string, service *model.Service, of []model.Route, region string) *Resource {
	var routes []*route.Route
	for _, r := range of {
		if r.Broken {
			routes = append(routes, envoyRoute(m, r, model.Branch{Match: r.Match}))
			continue
		}
		header := m.StickyHeader(service, r)
		branches := m.Branches(r, region)
		claims := asksForClaims(branches)
		for _, branch := range branches {
			one := keptTogether(envoyRoute(m, r, branch), header)
			if claims { // on all of them: no branch with a claim fits before the token is verified
				one = verified(one)
			}
			routes = append(routes, one)
		}
	}
	return encode(RouteType, name, hostOf(name, routes))
}

func hostOf(name string, routes []*route.Route) *route.RouteConfiguration {
	return &route.RouteConfiguration{
		Name:             name,
		VirtualHosts:     []*route.VirtualHost{{Name: name, Domains: everyDomain, RequestBodyBufferLimit: bodyLimit, Routes: routes}},
		ValidateClusters: notValidated,
	}
}

// What route configurations have in common.
var (
	everyDomain  = []string{"*"}
	everyPath    = &route.RouteMatch_Prefix{Prefix: "/"}
	bodyLimit    = wrapperspb.UInt64(retryBody)
	notValidated = wrapperspb.Bool(false)
)

// envoyRoute is one branch of a route.
func envoyRoute(m *model.Model, r model.Route, b model.Branch) *route.Route {
	out := &route.Route{Name: r.Name, Match: match(b.Match)}
	if split := b.Judge; split != nil {
		out.Name = outcome.Route(split.Stamp.Namespace, split.Stamp.Name, split.Edges, split.Rungs)
	}
	status, share := refusals(r)
	action := forward(b.Destinations, share)
	if r.Broken || action == nil {
		out.Action = &route.Route_DirectResponse{DirectResponse: &route.DirectResponseAction{Status: status}}
		return out
	}
	action.RequestMirrorPolicies = mirrored(b.Mirror)
	timeout, attempts := m.RouteLimits(r)
	out.Action = limited(action, timeout, attempts, m.RoutesNear(r))
	return out
}

func limited(action *route.RouteAction, timeout time.Duration, attempts uint32, near bool) *route.Route_Route {
	action.Timeout = durationpb.New(timeout)
	action.RetryPolicy = retries(attempts, near)
	return &route.Route_Route{Route: action}
}

// forward divides requests between destinations. It is nil when there is no weight to divide by: Envoy refuses that. Missing
// is the answer for a share that can't be served.
func forward(destinations []model.Destination, missing route.RouteAction_ClusterNotFoundResponseCode) *route.RouteAction {
	action, total := &route.RouteAction{}, uint32(0)
	var shares []share
	for _, d := range destinations {
		name := ClusterName(d.Service, d.Port, d.Subset)
		if d.Service == (model.Key{}) {
			name = clusterMissing
			action.ClusterNotFoundResponseCode = missing
		}
		total += d.Weight
		if at := slices.IndexFunc(shares, func(s share) bool { return s.cluster == name }); at >= 0 {
			shares[at].weight += d.Weight
			continue
		}
		shares = append(shares, share{name, d.Weight})
	}
	switch {
	case total == 0:
		return nil
	case len(shares) == 1:
		action.ClusterSpecifier = &route.RouteAction_Cluster{Cluster: shares[0].cluster}
	default:
		action.ClusterSpecifier = &route.RouteAction_WeightedClusters{WeightedClusters: weighted(shares)}
	}
	return action
}

// share of the requests of a route that go to a cluster.
type share struct {
	cluster string
	weight  uint32
}

func weighted(shares []share) *route.WeightedCluster {
	out := &route.WeightedCluster{}
	for _, s := range shares {
		out.Clusters = append(out.Clusters, &route.WeightedCluster_ClusterWeight{Name: s.cluster, Weight: wrapperspb.UInt32(s.weight)})
	}
	return out
}

func match(m model.Match) *route.RouteMatch {
	out := &route.RouteMatch{}
	switch {
	case m.PathExact != "":
		out.PathSpecifier = &route.RouteMatch_Path{Path: m.PathExact}
	case m.PathPrefix != "":
		out.PathSpecifier = &route.RouteMatch_PathSeparatedPrefix{PathSeparatedPrefix: m.PathPrefix}
	default:
		out.PathSpecifier = everyPath
	}
	if m.GRPCMethod != "" {
		out.Headers = append(out.Headers, whole(":path", "/[^/?]+/"+regexp.QuoteMeta(m.GRPCMethod)+anyQuery, false))
	}
	if m.Method != "" {
		out.Headers = append(out.Headers, exactHeader(":method", m.Method))
	}
	for _, h := range m.Headers {
		out.Headers = append(out.Headers, exactHeader(h.Name, h.Value))
	}
	for _, c := range m.Conditions {
		require(out, c)
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
