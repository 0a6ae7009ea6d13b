package crash

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	endpoint "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/anypb"
	authentication "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/ca"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

// proxy is the client of ADS in a pod. It acknowledges all that it gets, but for the types that are withheld or refused.
type proxy struct {
	stream discovery.AggregatedDiscoveryService_DeltaAggregatedResourcesClient

	mu       sync.Mutex
	asked    map[string][]string // by type
	withheld []string            // types
	refused  map[string]string   // what it says to a type
	kept     int                 // responses that were not answered
	routes   map[string]*route.RouteConfiguration
	clusters map[string]*cluster.Cluster
	// endpoints are the addresses of each cluster.
	endpoints map[string][]string
	// levels are the same by priority, each with its addresses in order.
	levels map[string][]string

	ended chan struct{} // closed with the stream
}

// connectProxy connects with a token of the pod's account.
func connectProxy(t *testing.T, p *corev1.Pod, address string) *proxy {
	t.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(secret(t, "weft-ca").Data[ca.RootCertificate]) {
		t.Fatal("the Secret weft-ca has no root")
	}
	conn, err := grpc.NewClient("passthrough:///"+net.JoinHostPort(address, agentsPort),
		grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{
			MinVersion: tls.VersionTLS13, RootCAs: roots, ServerName: "weft-operator." + system + ".svc",
		})),
		grpc.WithPerRPCCredentials(bearer(tokenOf(t, p))), grpc.WithDefaultCallOptions(grpc.WaitForReady(true)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	stream, err := discovery.NewAggregatedDiscoveryServiceClient(conn).DeltaAggregatedResources(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := &proxy{
		stream: stream, asked: map[string][]string{}, routes: map[string]*route.RouteConfiguration{},
		clusters: map[string]*cluster.Cluster{}, endpoints: map[string][]string{}, levels: map[string][]string{},
		ended: make(chan struct{}),
	}
	out.ask(xds.ClusterType)
	out.ask(xds.ListenerType)
	go out.serve()
	return out
}

// tokenOf is what the kubelet would give to the pod.
func tokenOf(t *testing.T, p *corev1.Pod) string {
	t.Helper()
	request := &authentication.TokenRequest{Spec: authentication.TokenRequestSpec{
		Audiences:      []string{v1alpha1.TokenAudience},
		BoundObjectRef: &authentication.BoundObjectReference{APIVersion: "v1", Kind: "Pod", Name: p.Name, UID: p.UID},
	}}
	account := &corev1.ServiceAccount{}
	account.Namespace, account.Name = p.Namespace, p.Spec.ServiceAccountName
	if err := api.SubResource("token").Create(t.Context(), account, request); err != nil {
		t.Fatal(err)
	}
	return request.Status.Token
}

type bearer string

func (b bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + string(b)}, nil
}

func (bearer) RequireTransportSecurity() bool { return true }

// withhold keeps the answers to these types from now on.
func (p *proxy) withhold(types ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.withheld = types
}

// refuse answers these types with an error from now on.
func (p *proxy) refuse(reason string, types ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refused = map[string]string{}
	for _, url := range types {
		p.refused[url] = reason
	}
}

// unanswered is how many responses the proxy has got and not acknowledged.
func (p *proxy) unanswered() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.kept
}

// left says that the stream has ended.
func (p *proxy) left() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// call asks for an address as Envoy does when it is called to one out of its scope.
func (p *proxy) call(ip string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ask(xds.ClusterType, xds.FirstPrefix+ip)
}

// serve ends with the stream.
func (p *proxy) serve() {
	defer close(p.ended)
	for {
		response, err := p.stream.Recv()
		if err != nil {
			return
		}
		p.take(response)
	}
}

func (p *proxy) take(response *discovery.DeltaDiscoveryResponse) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if slices.Contains(p.withheld, response.TypeUrl) {
		p.kept++
		return
	}
	answer := &discovery.DeltaDiscoveryRequest{TypeUrl: response.TypeUrl, ResponseNonce: response.Nonce}
	if reason, is := p.refused[response.TypeUrl]; is {
		answer.ErrorDetail = &status.Status{Code: int32(codes.Internal), Message: reason}
		_ = p.stream.Send(answer)
		return
	}
	_ = p.stream.Send(answer)
	for _, resource := range response.Resources {
		message, err := resource.Resource.UnmarshalNew()
		if err != nil {
			continue
		}
		switch r := message.(type) {
		case *route.RouteConfiguration:
			p.routes[r.Name] = r
		case *cluster.Cluster:
			p.clusters[r.Name] = r
		case *endpoint.ClusterLoadAssignment:
			p.endpoints[r.ClusterName], p.levels[r.ClusterName] = addressesOf(r)
		}
		p.follow(message.ProtoReflect())
	}
}

// addressesOf lists the addresses of endpoints, and those of each priority in one line.
func addressesOf(a *endpoint.ClusterLoadAssignment) (all, levels []string) {
	by := map[uint32][]string{}
	for _, locality := range a.Endpoints {
		for _, e := range locality.LbEndpoints {
			at := e.GetEndpoint().Address.GetSocketAddress()
			text := net.JoinHostPort(at.Address, strconv.Itoa(int(at.GetPortValue())))
			all, by[locality.Priority] = append(all, text), append(by[locality.Priority], text)
		}
	}
	for i := range len(by) {
		slices.Sort(by[uint32(i)])
		levels = append(levels, strings.Join(by[uint32(i)], " "))
	}
	return all, levels
}

// follow asks for what a resource refers to.
func (p *proxy) follow(m protoreflect.Message) {
	switch m := m.Interface().(type) {
	case *cluster.Cluster:
		if m.GetType() == cluster.Cluster_EDS {
			p.ask(xds.EndpointType, m.Name)
		}
		return
	case *hcm.Rds:
		p.ask(xds.RouteType, m.RouteConfigName)
	case *hcm.HttpFilter:
		if m.GetConfigDiscovery() != nil {
			p.ask(xds.FilterType, m.Name)
		}
	case *listener.Filter:
		if m.GetConfigDiscovery() != nil {
			p.ask(xds.FilterType, m.Name)
		}
	case *anypb.Any:
		if inner, err := m.UnmarshalNew(); err == nil {
			p.follow(inner.ProtoReflect())
		}
		return
	}
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.IsMap() || field.Message() == nil:
		case field.IsList():
			for i := range value.List().Len() {
				p.follow(value.List().Get(i).Message())
			}
		default:
			p.follow(value.Message())
		}
		return true
	})
}

// ask subscribes to what is not subscribed to yet; without names, to all.
func (p *proxy) ask(url string, names ...string) {
	names = slices.DeleteFunc(names, func(n string) bool { return slices.Contains(p.asked[url], n) })
	if len(names) == 0 && p.asked[url] != nil {
		return
	}
	p.asked[url] = append(p.asked[url], names...)
	_ = p.stream.Send(&discovery.DeltaDiscoveryRequest{TypeUrl: url, ResourceNamesSubscribe: names})
}
