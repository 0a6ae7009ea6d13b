package agentserver_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net"
	"sync"
	"testing"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpoint "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	router "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/router/v3"
	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/xds/bootstrap"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

// podCredentials are those of a pod: the operator's root and the pod's token. A bootstrap names them by type.
type podCredentials struct {
	transport credentials.TransportCredentials
	token     string
}

var podCredentialsByName sync.Map // of podCredentials

func init() { bootstrap.RegisterChannelCredentials(podCredentials{}) }

func (podCredentials) Name() string { return "weft_pod" }

func (podCredentials) Build(config json.RawMessage) (credentials.Bundle, func(), error) {
	var name string
	if err := json.Unmarshal(config, &name); err != nil {
		return nil, nil, err
	}
	c, known := podCredentialsByName.Load(name)
	if !known {
		return nil, nil, fmt.Errorf("no credentials %q", name)
	}
	return c.(podCredentials), func() {}, nil
}

func (c podCredentials) TransportCredentials() credentials.TransportCredentials { return c.transport }

func (c podCredentials) PerRPCCredentials() credentials.PerRPCCredentials { return c }

func (c podCredentials) NewWithMode(string) (credentials.Bundle, error) { return c, nil }

func (c podCredentials) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + c.token}, nil
}

func (podCredentials) RequireTransportSecurity() bool { return true }

// toService wants the certificate of the operator's Service, whatever the address: here it has no name.
type toService struct {
	credentials.TransportCredentials
}

func (c toService) ClientHandshake(ctx context.Context, _ string, conn net.Conn) (net.Conn, credentials.AuthInfo, error) {
	return c.TransportCredentials.ClientHandshake(ctx, service, conn)
}

func (c toService) Clone() credentials.TransportCredentials {
	return toService{c.TransportCredentials.Clone()}
}

// bootstrapOf is what gRPC finds in its bootstrap file.
func (w *world) bootstrapOf(t *testing.T, token string) []byte {
	t.Helper()
	authority, _ := w.live.Authority()
	roots := x509.NewCertPool()
	roots.AddCert(authority.Roots()[0])
	podCredentialsByName.Store(t.Name(), podCredentials{
		toService{credentials.NewTLS(&tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13})}, token,
	})
	text, err := json.Marshal(map[string]any{
		"xds_servers": []any{map[string]any{
			"server_uri":    "passthrough:///" + w.address,
			"channel_creds": []any{map[string]any{"type": podCredentials{}.Name(), "config": t.Name()}},
		}},
		"node": map[string]any{"id": "not looked at"},
	})
	must(t, err)
	return text
}

// backend is a gRPC server on loopback that says its name in the header of every answer.
func backend(t *testing.T, name string) *net.TCPAddr {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	server := grpc.NewServer(grpc.UnaryInterceptor(
		func(ctx context.Context, r any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
			if err := grpc.SetHeader(ctx, metadata.Pairs("backend", name)); err != nil {
				return nil, err
			}
			return handle(ctx, r)
		}))
	grpc_health_v1.RegisterHealthServer(server, healthy{})
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(l) })
	t.Cleanup(func() { server.Stop(); serving.Wait() })
	return l.Addr().(*net.TCPAddr)
}

type healthy struct {
	grpc_health_v1.UnimplementedHealthServer
}

func (healthy) Check(context.Context, *grpc_health_v1.HealthCheckRequest) (*grpc_health_v1.HealthCheckResponse, error) {
	return &grpc_health_v1.HealthCheckResponse{Status: grpc_health_v1.HealthCheckResponse_SERVING}, nil
}

func packed(t testing.TB, m proto.Message) *anypb.Any {
	t.Helper()
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	must(t, err)
	return &anypb.Any{TypeUrl: "type.googleapis.com/" + string(m.ProtoReflect().Descriptor().FullName()), Value: body}
}

func resource(t testing.TB, name string, m proto.Message) *xds.Resource {
	t.Helper()
	body := packed(t, m)
	return &xds.Resource{TypeURL: body.TypeUrl, Name: name, Version: fmt.Sprintf("%x", body.Value), Body: body}
}

// onTheStream is a source of more resources.
func onTheStream() *core.ConfigSource {
	return &core.ConfigSource{
		ResourceApiVersion:    core.ApiVersion_V3,
		ConfigSourceSpecifier: &core.ConfigSource_Ads{Ads: &core.AggregatedConfigSource{}},
	}
}

// apiListener is what a client without a proxy asks for by the name that it dials.
func apiListener(t testing.TB, name, route string) *xds.Resource {
	t.Helper()
	manager := &hcm.HttpConnectionManager{
		RouteSpecifier: &hcm.HttpConnectionManager_Rds{Rds: &hcm.Rds{ConfigSource: onTheStream(), RouteConfigName: route}},
		HttpFilters: []*hcm.HttpFilter{{
			Name: "router", ConfigType: &hcm.HttpFilter_TypedConfig{TypedConfig: packed(t, &router.Router{})},
		}},
	}
	return resource(t, name, &listener.Listener{Name: name, ApiListener: &listener.ApiListener{ApiListener: packed(t, manager)}})
}

func weighted(t testing.TB, name string, weights map[string]uint32) *xds.Resource {
	t.Helper()
	split := &route.WeightedCluster{}
	for _, c := range sorted(weights) {
		split.Clusters = append(split.Clusters, &route.WeightedCluster_ClusterWeight{Name: c, Weight: wrapperspb.UInt32(weights[c])})
	}
	return resource(t, name, &route.RouteConfiguration{Name: name, VirtualHosts: []*route.VirtualHost{{
		Name: "all", Domains: []string{"*"},
		Routes: []*route.Route{{
			Match: &route.RouteMatch{PathSpecifier: &route.RouteMatch_Prefix{}},
			Action: &route.Route_Route{Route: &route.RouteAction{
				ClusterSpecifier: &route.RouteAction_WeightedClusters{WeightedClusters: split},
			}},
		}},
	}}})
}

func byEndpoints(t testing.TB, name string, policy cluster.Cluster_LbPolicy) *xds.Resource {
	t.Helper()
	return resource(t, name, &cluster.Cluster{
		Name: name, ClusterDiscoveryType: &cluster.Cluster_Type{Type: cluster.Cluster_EDS},
		EdsClusterConfig: &cluster.Cluster_EdsClusterConfig{EdsConfig: onTheStream()}, LbPolicy: policy,
	})
}

func endpointsAt(t testing.TB, name string, addresses ...*net.TCPAddr) *xds.Resource {
	t.Helper()
	place := &endpoint.LocalityLbEndpoints{Locality: &core.Locality{Zone: "here"}, LoadBalancingWeight: wrapperspb.UInt32(1)}
	for _, a := range addresses {
		place.LbEndpoints = append(place.LbEndpoints, &endpoint.LbEndpoint{
			HostIdentifier: &endpoint.LbEndpoint_Endpoint{Endpoint: &endpoint.Endpoint{Address: &core.Address{
				Address: &core.Address_SocketAddress{SocketAddress: &core.SocketAddress{
					Address: a.IP.String(), PortSpecifier: &core.SocketAddress_PortValue{PortValue: uint32(a.Port)},
				}},
			}}},
		})
	}
	return resource(t, name, &endpoint.ClusterLoadAssignment{ClusterName: name, Endpoints: []*endpoint.LocalityLbEndpoints{place}})
}

// setOf makes a set, with an object for each resource that has its name as UID.
func setOf(resources ...*xds.Resource) *xds.Set {
	all, stamps := map[xds.ID]*xds.Resource{}, map[model.Stamp][]xds.ID{}
	for _, r := range resources {
		id := xds.ID{TypeURL: r.TypeURL, Name: r.Name}
		all[id] = r
		stamps[model.Stamp{UID: r.Name, Version: r.Version}] = []xds.ID{id}
	}
	return xds.NewSet(xds.NewPart(nil, nil), xds.NewPart(all, stamps))
}
