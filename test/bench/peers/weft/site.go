package main

import (
	"context"
	"time"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"github.com/go-logr/logr"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"k8s.io/apimachinery/pkg/types"
	gateway "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/snapshot"
	"github.com/weft-mesh/weft/internal/translate/xds"
	"github.com/weft-mesh/weft/internal/xdsserver"
	"github.com/weft-mesh/weft/test/bench/peers/town"
)

// site holds the mesh, and serves what is made of it.
type site struct {
	discovery.UnimplementedAggregatedDiscoveryServiceServer
	*xdsserver.Server
	local   *local
	budget  int // of Services, above which a scope is narrow
	world   snapshot.Snapshot
	model   *model.Model
	builder xds.Builder
}

func newSite(services int, narrow bool) *site {
	s := &site{Server: xdsserver.New(logr.Discard()), world: modeltest.World(services), budget: services}
	s.local = &local{site: s}
	if narrow {
		s.budget = 0
	}
	for i := range min(town.Routes, services) {
		s.world.Routes = append(s.world.Routes, route(i, town.Path(i), 1))
	}
	return s
}

// DeltaAggregatedResources believes who a client says it is.
func (s *site) DeltaAggregatedResources(stream discovery.AggregatedDiscoveryService_DeltaAggregatedResourcesServer) error {
	proxy, err := proxyOf(stream.Context())
	if err != nil {
		return err
	}
	return s.Serve(proxy, stream)
}

func proxyOf(ctx context.Context) (xdsserver.Proxy, error) {
	md, _ := metadata.FromIncomingContext(ctx)
	pod, namespace, workload := md.Get("pod"), md.Get("namespace"), md.Get("workload")
	if len(pod) == 0 || len(namespace) == 0 || len(workload) == 0 {
		return xdsserver.Proxy{}, status.Error(codes.InvalidArgument, "who are you?")
	}
	return xdsserver.Proxy{
		Pod: model.Key{Namespace: namespace[0], Name: pod[0]}, UID: pod[0],
		Workload: model.Key{Namespace: namespace[0], Name: workload[0]},
	}, nil
}

// build makes the world and publishes it, as the operator does after any event.
func (s *site) build() {
	seen := time.Now()
	s.model = model.Build(s.world)
	sets, directory := s.builder.BuildScoped(s.model, model.ScopesOf(s.model, s.budget))
	endpoints := s.builder.Endpoints(model.BuildEndpoints(s.world, s.model))
	s.Publish(xdsserver.World{Sets: sets, Endpoints: endpoints, Directory: directory, Seen: seen})
}

// changeEndpoint gives a pod another address. As in the operator its namespace's endpoints go out at once, and a whole
// build follows.
func (s *site) changeEndpoint(n int) {
	seen := time.Now()
	service := n % town.Routes
	at := service * town.Pods
	pod := s.world.Pods[at].DeepCopy()
	pod.Status.PodIP = town.FreshAddress(n)
	s.world.Pods[at] = pod
	here := snapshot.Snapshot{OperatorNamespace: s.world.OperatorNamespace}
	for _, namespace := range s.world.Namespaces {
		if namespace.Name == pod.Namespace {
			here.Namespaces = append(here.Namespaces, namespace)
		}
	}
	for _, p := range s.world.Pods {
		if p.Namespace == pod.Namespace {
			here.Pods = append(here.Pods, p)
		}
	}
	s.UpdateEndpoints(s.builder.SomeEndpoints(model.BuildEndpoints(here, s.model)), seen)
	s.build()
}

// changeRoute gives a route another path.
func (s *site) changeRoute(n int) {
	service := n % town.Routes
	s.world.Routes[service] = route(service, town.FreshPath(n), int64(n)+2)
	s.build()
}

func route(service int, path string, generation int64) *gateway.HTTPRoute {
	core, kind, port, prefix := gateway.Group(""), gateway.Kind("Service"), gateway.PortNumber(town.Port), gateway.PathMatchPathPrefix
	r := &gateway.HTTPRoute{}
	r.Namespace, r.Name, r.Generation = town.Team(service), town.Name(service), generation
	r.UID = types.UID("route " + r.Name)
	r.Spec.ParentRefs = []gateway.ParentReference{{Group: &core, Kind: &kind, Name: gateway.ObjectName(town.Name(service))}}
	backend := gateway.HTTPBackendRef{}
	backend.Name, backend.Port = gateway.ObjectName(town.Name(service)), &port
	match := gateway.HTTPRouteMatch{Path: &gateway.HTTPPathMatch{Type: &prefix, Value: &path}}
	r.Spec.Rules = []gateway.HTTPRouteRule{{Matches: []gateway.HTTPRouteMatch{match}, BackendRefs: []gateway.HTTPBackendRef{backend}}}
	return r
}
