package xdsserver

import (
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	gateway "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

const proxies = 100

// BenchmarkChangeToLastAck publishes a change to proxies that have 100 services, and waits until the last of them has
// acknowledged it. Server and clients share a process; the worlds are built beforehand.
func BenchmarkChangeToLastAck(b *testing.B) {
	base := worldOf(b, "/a", 0)
	for _, c := range []struct {
		change  string
		publish func(*fleet, World)
		worlds  [2]World
	}{
		{"endpoint", func(f *fleet, w World) { f.UpdateEndpoints(w.Endpoints, time.Time{}) }, [2]World{worldOf(b, "/a", 1), base}},
		{"route", func(f *fleet, w World) { f.Publish(w) }, [2]World{worldOf(b, "/b", 0), base}},
	} {
		b.Run("change="+c.change, func(b *testing.B) {
			f := newFleet(b, base)
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				f.unacked.Store(proxies)
				c.publish(f, c.worlds[n%2])
				<-f.done
				if left := f.unacked.Load(); left != 0 {
					b.Fatalf("%d acknowledgements too many", -left)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/1e3/float64(b.N), "ms/op")
			b.ReportMetric(float64(f.sent.Load())/float64(b.N), "sent-B/op")
			f.await(b, "all are up to date", allUpToDate)
		})
	}
}

// worldOf has 100 services, a route with a path to the first of them, and some pods less.
func worldOf(b *testing.B, path string, fewer int) World {
	b.Helper()
	s := modeltest.World(100)
	s.Pods = s.Pods[:len(s.Pods)-fewer]
	core, kind, port, prefix := gateway.Group(""), gateway.Kind("Service"), gateway.PortNumber(8080), gateway.PathMatchPathPrefix
	r := &gateway.HTTPRoute{}
	r.Namespace, r.Name, r.UID = s.Services[0].Namespace, "route", "route"
	r.Spec.ParentRefs = []gateway.ParentReference{{Group: &core, Kind: &kind, Name: gateway.ObjectName(s.Services[0].Name)}}
	backend := gateway.HTTPBackendRef{}
	backend.Name, backend.Port = gateway.ObjectName(s.Services[0].Name), &port
	match := gateway.HTTPRouteMatch{Path: &gateway.HTTPPathMatch{Type: &prefix, Value: &path}}
	r.Spec.Rules = []gateway.HTTPRouteRule{{Matches: []gateway.HTTPRouteMatch{match}, BackendRefs: []gateway.HTTPBackendRef{backend}}}
	s.Routes = []*gateway.HTTPRoute{r}
	m := model.Build(s)
	return World{
		Sets:      map[model.Key]*xds.Set{cart: xds.Build(m)[m.Workloads[0].Key]},
		Endpoints: xds.Endpoints(model.BuildEndpoints(s, m)),
	}
}

// fleet is a site whose clients hold a world when they connect and acknowledge whatever comes.
type fleet struct {
	*site
	unacked atomic.Int64
	done    chan struct{}
	sent    atomic.Int64 // bytes of responses, before framing
}

func newFleet(b *testing.B, w World) *fleet {
	b.Helper()
	f := &fleet{site: unconnected(), done: make(chan struct{}, 1)}
	f.conn = connect(b, f)
	f.Publish(w)
	for n := range proxies {
		ctx := metadata.AppendToOutgoingContext(b.Context(), "pod", fmt.Sprint("pod-", n))
		stream, err := discovery.NewAggregatedDiscoveryServiceClient(f.conn).DeltaAggregatedResources(ctx)
		if err != nil {
			b.Fatal(err)
		}
		for _, r := range claims(w) {
			if err := stream.Send(r); err != nil {
				b.Fatal(err)
			}
		}
		go acknowledge(stream)
	}
	f.await(b, "all are up to date", allUpToDate)
	if got := f.sent.Load(); got != 0 {
		b.Fatalf("%d bytes sent to clients that have everything", got)
	}
	return f
}

func allUpToDate(all []ProxyReport) bool {
	return len(all) == proxies && !slices.ContainsFunc(all, func(r ProxyReport) bool { return !r.Report.UpToDate })
}

// claims are the first requests of a client that holds a world.
func claims(w World) []*discovery.DeltaDiscoveryRequest {
	held := map[string]map[string]string{xds.EndpointType: {}}
	for name, r := range w.Endpoints {
		held[xds.EndpointType][name] = r.Version
	}
	for id, r := range w.Sets[cart].All() {
		if held[id.TypeURL] == nil {
			held[id.TypeURL] = map[string]string{}
		}
		held[id.TypeURL][id.Name] = r.Version
	}
	var out []*discovery.DeltaDiscoveryRequest
	for _, url := range []string{xds.ClusterType, xds.EndpointType, xds.ListenerType, xds.FilterType, xds.RouteType} {
		r := &discovery.DeltaDiscoveryRequest{TypeUrl: url, InitialResourceVersions: held[url]}
		if slices.Contains(named, url) {
			r.ResourceNamesSubscribe = slices.Sorted(maps.Keys(held[url]))
		}
		out = append(out, r)
	}
	return out
}

func acknowledge(stream discovery.AggregatedDiscoveryService_DeltaAggregatedResourcesClient) {
	for {
		r, err := stream.Recv()
		if err != nil {
			return
		}
		if stream.Send(&discovery.DeltaDiscoveryRequest{TypeUrl: r.GetTypeUrl(), ResponseNonce: r.GetNonce()}) != nil {
			return
		}
	}
}

func (f *fleet) DeltaAggregatedResources(stream discovery.AggregatedDiscoveryService_DeltaAggregatedResourcesServer) error {
	return f.site.DeltaAggregatedResources(&counted{stream, f})
}

// counted is the server's end of a stream: it counts what goes out and the acknowledgements that come in.
type counted struct {
	discovery.AggregatedDiscoveryService_DeltaAggregatedResourcesServer
	fleet *fleet
}

func (c *counted) Send(r *discovery.DeltaDiscoveryResponse) error {
	c.fleet.sent.Add(int64(proto.Size(r)))
	return c.AggregatedDiscoveryService_DeltaAggregatedResourcesServer.Send(r)
}

func (c *counted) Recv() (*discovery.DeltaDiscoveryRequest, error) {
	r, err := c.AggregatedDiscoveryService_DeltaAggregatedResourcesServer.Recv()
	if r.GetResponseNonce() != "" && c.fleet.unacked.Add(-1) == 0 {
		c.fleet.done <- struct{}{}
	}
	return r, err
}
