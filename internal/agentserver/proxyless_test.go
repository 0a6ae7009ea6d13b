package agentserver_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	"github.com/go-logr/logr"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	grpcxds "google.golang.org/grpc/xds"

	"github.com/weft-mesh/weft/internal/agentserver"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/translate/xds"
	"github.com/weft-mesh/weft/internal/xdsserver"
)

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// site is an operator that serves ADS for the pod shop/cart-1, and what its workload gets.
type site struct {
	*world
	xds       *xdsserver.Server
	streams   atomic.Int64 // that were let in
	reported  chan struct{}
	endpoints map[string]*xds.Resource
}

func newSite(t *testing.T) *site {
	s := &site{xds: xdsserver.New(logr.Discard()), reported: make(chan struct{}, 1), endpoints: map[string]*xds.Resource{}}
	s.xds.OnChange(func() {
		select {
		case s.reported <- struct{}{}:
		default:
		}
	})
	s.world = newWorld(t, func(o *agentserver.Options) {
		o.WholeXDS = func(p agentserver.Proxy, stream agentserver.WholeStream) error {
			s.streams.Add(1)
			return s.xds.ServeWhole(xdsserver.Proxy(p), stream)
		}
	})
	return s
}

func (s *site) publish(set *xds.Set) {
	s.xds.Publish(xdsserver.World{Sets: map[model.Key]*xds.Set{{Namespace: "shop", Name: "cart"}: set}, Endpoints: maps.Clone(s.endpoints)})
}

func (s *site) await(t *testing.T, what string, ok func(xdsserver.ProxyReport) bool) {
	t.Helper()
	limit := time.After(30 * time.Second)
	for {
		if all := s.xds.Reports(); len(all) == 1 && ok(all[0]) {
			return
		}
		select {
		case <-s.reported:
		case <-limit:
			connections, _ := s.xds.Connections(t.Context())
			t.Fatalf("never: %s; connections %+v", what, connections)
		}
	}
}

func upToDate(r xdsserver.ProxyReport) bool { return r.Report.UpToDate }

// dialXDS connects a gRPC client without a proxy.
func (s *site) dialXDS(t *testing.T, target, token string) grpc_health_v1.HealthClient {
	t.Helper()
	resolver, err := grpcxds.NewXDSResolverWithConfigForTesting(s.bootstrapOf(t, token))
	must(t, err)
	conn, err := grpc.NewClient("xds:///"+target, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithResolvers(resolver))
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return grpc_health_v1.NewHealthClient(conn)
}

// call returns which backend has answered.
func call(ctx context.Context, client grpc_health_v1.HealthClient) (string, error) {
	var header metadata.MD
	_, err := client.Check(ctx, &grpc_health_v1.HealthCheckRequest{}, grpc.Header(&header))
	return strings.Join(header.Get("backend"), ","), err
}

// gap is a fault of gRPC's client: it uses a route a moment before it has told its balancer of a cluster that is new in it.
// Such a call went nowhere.
const gap = "unknown cluster selected for RPC"

// until calls one after the other until the last answers are as they should be. No call may fail, but for a forgiven reason.
func until(t *testing.T, client grpc_health_v1.HealthClient, what string, ok func(last []string) bool, forgiven ...string) {
	t.Helper()
	const enough = 200
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for last := []string{}; ; {
		name, err := call(ctx, client)
		if err != nil && slices.ContainsFunc(forgiven, func(reason string) bool { return strings.Contains(err.Error(), reason) }) {
			continue
		}
		if err != nil {
			t.Fatalf("until %s: %v", what, err)
		}
		if last = append(last, name); len(last) < enough {
			continue
		}
		if ok(last) {
			return
		}
		last = last[1:]
	}
}

func all(name string) func([]string) bool {
	return func(last []string) bool { return count(last, name) == len(last) }
}

// aQuarter of 200 calls is 50 on average. Of a true quarter it is fewer than 15 or more than 95 once in 10^9 times.
func aQuarter(name, others string) func([]string) bool {
	return func(last []string) bool {
		n := count(last, name)
		return n >= 15 && n <= 95 && n+count(last, others) == len(last)
	}
}

func count(names []string, name string) (n int) {
	for _, s := range names {
		if s == name {
			n++
		}
	}
	return n
}

// The client of another project, gRPC's own, works against our server: it gets its route and its endpoints, follows when
// they change without one call that fails, and acknowledges. It speaks the state of the world. What weft makes for Envoy
// are listeners with an address, which such a client can't use; this shows the server, so the set is made here.
func TestGRPCClientWithoutProxy(t *testing.T) {
	const target, v1, v2, v3 = "cart.shop:8080", "cart-v1", "cart-v2", "cart-v3"
	s := newSite(t)
	listener := apiListener(t, target, "cart")
	clusterOf := func(name string) *xds.Resource { return byEndpoints(t, name, cluster.Cluster_ROUND_ROBIN) }
	weights := func(w map[string]uint32) *xds.Resource { return weighted(t, "cart", w) }
	s.endpoints[v1], s.endpoints[v2] = endpointsAt(t, v1, backend(t, "1")), endpointsAt(t, v2, backend(t, "2"))
	s.publish(setOf(listener, weights(map[string]uint32{v1: 3, v2: 1}), clusterOf(v1), clusterOf(v2)))
	client := s.dialXDS(t, target, s.token(t, "shop", "cart-1", "u1", "cart"))
	until(t, client, "a quarter goes to the second version", aQuarter("2", "1"))
	s.await(t, "the client has acknowledged all", upToDate)

	s.endpoints[v1] = endpointsAt(t, v1, backend(t, "1, moved"))
	s.xds.UpdateEndpoints(map[string]*xds.Resource{v1: s.endpoints[v1]}, time.Now())
	until(t, client, "the new endpoint of the first version answers", aQuarter("2", "1, moved"))

	s.publish(setOf(listener, weights(map[string]uint32{v1: 1, v2: 3}), clusterOf(v1), clusterOf(v2)))
	until(t, client, "a quarter goes to the first version", aQuarter("1, moved", "2"))
	s.await(t, "the client has acknowledged the weights", upToDate)

	delete(s.endpoints, v1)
	s.publish(setOf(listener, weights(map[string]uint32{v2: 1}), clusterOf(v2)))
	until(t, client, "all go to the second version", all("2"))
	s.await(t, "the client has let the first version go", upToDate)

	s.endpoints[v3] = endpointsAt(t, v3, backend(t, "3"))
	s.publish(setOf(listener, weights(map[string]uint32{v3: 1}), clusterOf(v3)))
	until(t, client, "all go to the third version", all("3"), gap)
	s.await(t, "the client has acknowledged the third version", upToDate)
}

// A strict client refuses what it can't use. It says so to the server, and goes on with what it had.
func TestGRPCClientRefuses(t *testing.T) {
	const target = "cart.shop:8080"
	s := newSite(t)
	listener, split := apiListener(t, target, "cart"), weighted(t, "cart", map[string]uint32{"cart": 1})
	s.endpoints["cart"] = endpointsAt(t, "cart", backend(t, "one"))
	s.publish(setOf(listener, split, byEndpoints(t, "cart", cluster.Cluster_ROUND_ROBIN)))
	client := s.dialXDS(t, target, s.token(t, "shop", "cart-1", "u1", "cart"))
	until(t, client, "the backend answers", all("one"))

	s.publish(setOf(listener, split, byEndpoints(t, "cart", cluster.Cluster_MAGLEV)))
	s.await(t, "the refusal", func(r xdsserver.ProxyReport) bool {
		return strings.Contains(r.Report.Rejected["cart"].Reason, "MAGLEV") && !r.Report.UpToDate
	})
	until(t, client, "the backend answers as before", all("one"))

	s.publish(setOf(listener, split, byEndpoints(t, "cart", cluster.Cluster_RING_HASH)))
	s.await(t, "it takes the next one", upToDate)
	until(t, client, "the backend answers", all("one"))
}

// Without the token of a living pod the client gets nothing.
func TestGRPCClientOfAnotherPod(t *testing.T) {
	const target = "cart.shop:8080"
	s := newSite(t)
	s.endpoints["cart"] = endpointsAt(t, "cart", backend(t, "one"))
	s.publish(setOf(apiListener(t, target, "cart"), weighted(t, "cart", map[string]uint32{"cart": 1}), byEndpoints(t, "cart", cluster.Cluster_ROUND_ROBIN)))
	client := s.dialXDS(t, target, s.token(t, "shop", "cart-1", "u0", "cart"))
	name, err := call(t.Context(), client)
	if status.Code(err) != codes.Unavailable || name != "" || s.streams.Load() > 0 {
		t.Errorf("%d streams, answered by %q: %v", s.streams.Load(), name, err)
	}
}
