package xdsserver

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpoint "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	tcpproxy "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/tcp_proxy/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	rpc "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/weft-mesh/weft/internal/translate/xds"
)

// envoy is a model of the client: it withholds the answer to clusters until they have endpoints, asks for listeners
// after that, for routes and filters when a listener names them, and drops what nothing names any more.
type envoy struct {
	versions map[string]map[string]string // type -> name -> version
	routes   map[string][]string          // name -> clusters
	uses     map[string][]string          // listener -> routes and filters
	refused  map[string]bool              // clusters that it ever refused
	knows    map[string]int               // active cluster -> variant, which says what accounts it can demand
	dials    map[string]int               // cluster -> variant of its endpoints, which says what accounts they have
	foreign  map[string]bool              // clusters of which the server does not know what the client has
	strange  map[string]bool              // the same of endpoints
	unnamed  bool                         // it does not say which resource is bad
	first    map[string]bool              // clusters that it asks for by name

	wants   map[string]map[string]bool       // type -> names subscribed to
	warming map[string]int                   // the variant that is not active yet
	held    *discovery.DeltaDiscoveryRequest // answer to clusters, withheld
	began   bool                             // a first answer for clusters came
	asked   bool                             // for listeners

	out   []*discovery.DeltaDiscoveryRequest
	fault error
}

var named = []string{xds.EndpointType, xds.RouteType, xds.FilterType}

func newEnvoy() *envoy {
	e := &envoy{
		versions: map[string]map[string]string{}, routes: map[string][]string{}, uses: map[string][]string{}, refused: map[string]bool{},
		knows: map[string]int{}, dials: map[string]int{}, foreign: map[string]bool{}, strange: map[string]bool{},
	}
	for _, url := range []string{xds.ClusterType, xds.EndpointType, xds.ListenerType, xds.RouteType, xds.FilterType} {
		e.versions[url] = map[string]string{}
	}
	e.connect()
	return e
}

// connect starts a new stream. All that was on its way is lost; what the client holds it claims.
func (e *envoy) connect() {
	e.out, e.held = nil, nil
	for name := range e.versions[xds.EndpointType] {
		e.activate(name) // its old endpoints serve after a time-out
	}
	e.ask(xds.ClusterType, e.first)
	for _, url := range named[:1] {
		e.ask(url, e.wants[url])
	}
	if e.asked {
		e.ask(xds.ListenerType, nil)
	}
	for _, url := range named[1:] {
		e.ask(url, e.wants[url])
	}
	if e.wants == nil {
		e.wants = map[string]map[string]bool{}
		for _, url := range named {
			e.wants[url] = map[string]bool{}
		}
		e.warming = map[string]int{}
	}
	e.settle()
}

func (e *envoy) ask(url string, names map[string]bool) {
	if slices.Contains(named, url) && len(names) == 0 {
		return
	}
	e.out = append(e.out, &discovery.DeltaDiscoveryRequest{
		TypeUrl: url, ResourceNamesSubscribe: sortedKeys(names), InitialResourceVersions: maps.Clone(e.versions[url]),
	})
}

// call asks for the clusters of first calls, beside all that it gets unasked.
func (e *envoy) call(names ...string) {
	if e.first == nil {
		e.first = map[string]bool{wildcard: true}
	}
	for _, name := range names {
		e.first[name] = true
	}
	e.out = append(e.out, &discovery.DeltaDiscoveryRequest{TypeUrl: xds.ClusterType, ResourceNamesSubscribe: names})
}

// want changes the subscriptions of a type to exactly these names, and drops the rest.
func (e *envoy) want(url string, names map[string]bool) {
	r := &discovery.DeltaDiscoveryRequest{TypeUrl: url}
	for _, name := range sortedKeys(names) {
		if !e.wants[url][name] {
			r.ResourceNamesSubscribe = append(r.ResourceNamesSubscribe, name)
		}
	}
	for _, name := range sortedKeys(e.wants[url]) {
		if !names[name] {
			r.ResourceNamesUnsubscribe = append(r.ResourceNamesUnsubscribe, name)
			delete(e.versions[url], name)
			switch url {
			case xds.RouteType, xds.FilterType:
				delete(e.routes, name)
			case xds.EndpointType:
				delete(e.dials, name)
			}
		}
	}
	e.wants[url] = names
	if len(r.ResourceNamesSubscribe)+len(r.ResourceNamesUnsubscribe) > 0 {
		e.out = append(e.out, r)
	}
}

// take applies a response and answers it. Of clusters and listeners all good ones are applied; of what is subscribed to by
// name, none that comes after a bad one.
func (e *envoy) take(r *discovery.DeltaDiscoveryResponse) {
	var bad []string
	for _, item := range r.GetResources() {
		if len(bad) > 0 && slices.Contains(named, r.GetTypeUrl()) {
			break
		}
		if !e.apply(r.GetTypeUrl(), item) {
			bad = append(bad, item.GetName())
		}
	}
	for _, name := range r.GetRemovedResources() {
		e.remove(r.GetTypeUrl(), name)
	}
	answer := &discovery.DeltaDiscoveryRequest{TypeUrl: r.GetTypeUrl(), ResponseNonce: r.GetNonce()}
	if len(bad) > 0 {
		answer.ErrorDetail = &rpc.Status{Message: "Error adding/updating: " + strings.Join(bad, ": no, ") + ": no"}
		if e.unnamed {
			answer.ErrorDetail.Message = "missing ): ("
		}
	}
	e.follow()
	if r.GetTypeUrl() == xds.ClusterType {
		e.held, e.began = answer, true
	} else {
		e.out = append(e.out, answer)
	}
	e.settle()
	e.check()
}

func (e *envoy) apply(url string, r *discovery.Resource) bool {
	body := r.GetResource().GetValue()
	switch url {
	case xds.ClusterType:
		var c cluster.Cluster
		must(proto.Unmarshal(body, &c))
		if c.GetAltStatName() == "bad" {
			e.refused[c.GetName()] = true
			return false
		}
		if e.versions[url][r.GetName()] != r.GetVersion() {
			e.warming[r.GetName()] = int(c.GetConnectTimeout().AsDuration() / time.Second)
		}
	case xds.RouteType:
		var c route.RouteConfiguration
		must(proto.Unmarshal(body, &c))
		if c.GetVirtualHosts()[0].GetName() == "bad" {
			return false
		}
		if !e.wants[url][r.GetName()] {
			return true
		}
		e.takeRoute(&c)
	case xds.FilterType:
		var c core.TypedExtensionConfig
		must(proto.Unmarshal(body, &c))
		if to := new(tcpproxy.TcpProxy); e.wants[url][r.GetName()] && c.GetTypedConfig().MessageIs(to) {
			must(c.GetTypedConfig().UnmarshalTo(to))
			e.lead(r.GetName(), dialledBy(to))
		}
	case xds.ListenerType:
		var l listener.Listener
		must(proto.Unmarshal(body, &l))
		if l.GetStatPrefix() == "bad" {
			return false
		}
		e.uses[r.GetName()] = nil
		for _, chain := range l.GetFilterChains() {
			e.uses[r.GetName()] = append(e.uses[r.GetName()], chain.GetName())
			for _, f := range chain.GetFilters() {
				if f.GetConfigDiscovery() != nil {
					e.uses[r.GetName()] = append(e.uses[r.GetName()], f.GetName())
				}
			}
		}
	case xds.EndpointType:
		var c endpoint.ClusterLoadAssignment
		must(proto.Unmarshal(body, &c))
		e.dials[r.GetName()] = int(c.GetPolicy().GetEndpointStaleAfter().AsDuration())
		if !e.knowsAll(r.GetName()) && !e.strange[r.GetName()] {
			e.fault = fmt.Errorf("cluster %s got an endpoint whose account it does not know", r.GetName())
		}
		e.activate(r.GetName())
		if len(accountsOf(e.dials[r.GetName()])) <= len(accountsOf(e.knows[r.GetName()])) {
			delete(e.foreign, r.GetName()) // what it brought along is mended
			delete(e.strange, r.GetName())
		}
	}
	if slices.Contains(named, url) && !e.wants[url][r.GetName()] {
		return true
	}
	e.versions[url][r.GetName()] = r.GetVersion()
	return true
}

// activate replaces a cluster by the version that was warming.
func (e *envoy) activate(name string) {
	variant, warms := e.warming[name]
	if !warms {
		return
	}
	delete(e.warming, name)
	e.knows[name] = variant
	if !e.knowsAll(name) {
		e.fault = fmt.Errorf("cluster %s does not know the account of an endpoint any more", name)
	}
}

// knowsAll is the other promise: no endpoint of a cluster in use has an account that the
// cluster does not know, unless it refused the cluster or brought it along from another server.
func (e *envoy) knowsAll(name string) bool {
	knows, active := e.knows[name]
	dials, has := e.dials[name]
	return !active || !has || !e.inUse(name) || e.foreign[name] || e.refused[name] || len(accountsOf(dials)) <= len(accountsOf(knows))
}

func (e *envoy) inUse(cluster string) bool {
	for _, clusters := range e.routes {
		if slices.Contains(clusters, cluster) {
			return true
		}
	}
	return false
}

func (e *envoy) takeRoute(c *route.RouteConfiguration) {
	var clusters []string
	for _, r := range c.GetVirtualHosts()[0].GetRoutes() {
		clusters = append(clusters, namedBy(r.GetRoute())...)
	}
	e.lead(c.GetName(), clusters)
}

// lead has routes, or the connections of a port, go to clusters.
func (e *envoy) lead(from string, clusters []string) {
	_, replaces := e.routes[from]
	for _, name := range clusters {
		if _, has := e.versions[xds.ClusterType][name]; !has && (replaces || !e.refused[name]) {
			e.fault = fmt.Errorf("%s came before its cluster %s", from, name)
		}
	}
	e.routes[from] = clusters
}

// dialledBy are the clusters of connections.
func dialledBy(to *tcpproxy.TcpProxy) (out []string) {
	if to.GetCluster() != "" {
		return []string{to.GetCluster()}
	}
	for _, c := range to.GetWeightedClusters().GetClusters() {
		out = append(out, c.GetName())
	}
	return out
}

// namedBy are the clusters of a route, but for the one that stands for a share that is refused.
func namedBy(r *route.RouteAction) (out []string) {
	names := []string{r.GetCluster()}
	for _, c := range r.GetWeightedClusters().GetClusters() {
		names = append(names, c.GetName())
	}
	for _, name := range names {
		if name != "" && name != "missing" {
			out = append(out, name)
		}
	}
	return out
}

func (e *envoy) remove(url, name string) {
	switch url {
	case xds.EndpointType:
		delete(e.dials, name)
		e.activate(name)
	case xds.ClusterType:
		delete(e.knows, name)
		delete(e.warming, name)
	case xds.RouteType, xds.FilterType:
		delete(e.routes, name)
	case xds.ListenerType:
		delete(e.uses, name)
	}
	delete(e.versions[url], name)
}

// follow subscribes to what is named now.
func (e *envoy) follow() {
	clusters, routes, filters := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for name := range e.versions[xds.ClusterType] {
		clusters[name] = true
	}
	for _, uses := range e.uses {
		for _, use := range uses {
			if strings.HasPrefix(use, "f") || strings.HasPrefix(use, "connections/") {
				filters[use] = true
			} else {
				routes[use] = true
			}
		}
	}
	for name := range e.warming {
		if !clusters[name] {
			delete(e.warming, name)
		}
	}
	e.want(xds.EndpointType, clusters)
	e.want(xds.RouteType, routes)
	e.want(xds.FilterType, filters)
}

func (e *envoy) settle() {
	if len(e.warming) > 0 {
		return
	}
	if e.held != nil {
		e.out, e.held = append(e.out, e.held), nil
	}
	if e.began && !e.asked {
		e.asked = true
		e.ask(xds.ListenerType, nil)
	}
}

// check is the promise: no route in force names a cluster that is not there, but for clusters that were refused.
func (e *envoy) check() {
	for name, clusters := range e.routes {
		for _, c := range clusters {
			if _, has := e.versions[xds.ClusterType][c]; !has && !e.refused[c] && e.fault == nil {
				e.fault = fmt.Errorf("%s is in force without its cluster %s", name, c)
			}
		}
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
