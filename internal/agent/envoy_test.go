//go:build envoy

package agent

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"os"
	"syscall"
	"testing"
	"time"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/access_loggers/grpc/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/router/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	discoveryv3 "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/weft-mesh/weft/internal/protocol/agentv1"
)

const appCluster = `{"name": "app", "type": "STATIC", "connect_timeout": "1s", "load_assignment": {"cluster_name": "app",
 "endpoints": [{"lb_endpoints": [{"endpoint": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": 8080}}}}]}]}}`

const secretSource = `{"resource_api_version": "V3", "api_config_source": {"api_type": "DELTA_GRPC", "transport_api_version": "V3",
 "grpc_services": [{"envoy_grpc": {"cluster_name": "agent"}}]}}`

const inboundListener = `{"name": "inbound", "traffic_direction": "INBOUND",
 "address": {"socket_address": {"address": "127.0.0.1", "port_value": 15006}},
 "filter_chains": [{
  "transport_socket": {"name": "tls", "typed_config": {
   "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
   "common_tls_context": {
    "tls_certificate_sds_secret_configs": [{"name": "identity", "sds_config": ` + secretSource + `}],
    "validation_context_sds_secret_config": {"name": "roots", "sds_config": ` + secretSource + `}}}},
  "filters": [{"name": "http", "typed_config": {
   "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
   "stat_prefix": "in",
   "route_config": {"virtual_hosts": [{"name": "a", "domains": ["*"],
    "routes": [{"name": "judged/shop/app", "match": {"prefix": "/"}, "route": {"cluster": "app"}}]}]},
   "access_log": [{"name": "als", "typed_config": {
    "@type": "type.googleapis.com/envoy.extensions.access_loggers.grpc.v3.HttpGrpcAccessLogConfig",
    "common_config": {"log_name": "outcomes", "transport_api_version": "V3", "buffer_flush_interval": "0.5s",
     "grpc_service": {"envoy_grpc": {"cluster_name": "agent"}}}}}],
   "http_filters": [{"name": "router", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}]
  }}]}]}`

func parsed(t *testing.T, name, text string, into proto.Message) *discoveryv3.Resource {
	t.Helper()
	if err := protojson.Unmarshal([]byte(text), into); err != nil {
		t.Fatal(err)
	}
	body, err := anypb.New(into)
	if err != nil {
		t.Fatal(err)
	}
	return &discoveryv3.Resource{Name: name, Version: "1", Resource: body}
}

// serveConfiguration answers one stream as an operator would.
func serveConfiguration(t *testing.T, stream discoveryv3.AggregatedDiscoveryService_DeltaAggregatedResourcesServer) {
	all := map[string]*discoveryv3.Resource{
		clusterType:  parsed(t, "app", appCluster, &clusterv3.Cluster{}),
		listenerType: parsed(t, "inbound", inboundListener, &listenerv3.Listener{}),
	}
	for {
		m, err := stream.Recv()
		if err != nil {
			return
		}
		r, ok := all[m.TypeUrl]
		if !ok || m.ResponseNonce != "" || m.InitialResourceVersions[r.Name] == r.Version {
			continue
		}
		_ = stream.Send(&discoveryv3.DeltaDiscoveryResponse{TypeUrl: m.TypeUrl, Nonce: m.TypeUrl, Resources: []*discoveryv3.Resource{r}})
	}
}

func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for !holds() {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("no %s in 20 s", what)
		}
	}
}

// TestRealEnvoy needs ports 15000, 15006 and 8080 of loopback to be free: run it in a network namespace of its own.
func TestRealEnvoy(t *testing.T) {
	binary := os.Getenv("ENVOY")
	if binary == "" {
		t.Fatal("set ENVOY to the path of Envoy's binary")
	}
	app, err := net.Listen("tcp", "127.0.0.1:8080")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = http.Serve(app, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "app") }))
	}()
	o := newOperator(t, "sesame")
	go func() {
		for stream := range o.streams {
			go serveConfiguration(t, stream)
		}
	}()
	s := newSidecarWith(t, o, "sesame", func(c *Config) {
		c.Envoy, c.AdminURL, c.Drain = binary, "http://127.0.0.1:15000", 3*time.Second
	})
	c := await(t, o.talks, "conversation", any1)
	ready := func() bool { return s.status("/ready") == http.StatusOK }
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	works := func(client *http.Client) error {
		response, err := client.Get("https://127.0.0.1:15006/")
		if err == nil {
			_, _ = io.Copy(io.Discard, response.Body)
			response.Body.Close()
		}
		return err
	}
	began := time.Now()
	until(t, "ready sidecar", ready)
	t.Logf("ready after %s", time.Since(began))
	if err := works(client); err != nil {
		t.Fatalf("request: %v", err)
	}
	await(t, c.said, "acknowledged secrets", func(m *agentv1.FromAgent) bool {
		return m.GetSecrets().GetLeafSerial() != "" && len(m.GetSecrets().GetRootFingerprints()) == 1
	})
	report := await(t, c.said, "report", func(m *agentv1.FromAgent) bool { return m.GetOutcomes() != nil }).GetOutcomes()
	if got := report.Counters[0]; got.Outcome != "ok" || got.Cluster != "app" || got.Host != "127.0.0.1:8080" {
		t.Errorf("report %v", got)
	}

	o.server.Stop()
	if err := syscall.Kill(s.run.process.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	until(t, "unready sidecar", func() bool { return !ready() })
	began = time.Now()
	until(t, "ready sidecar from memory", ready)
	t.Logf("ready again without the operator after %s", time.Since(began))
	if err := works(client); err != nil {
		t.Fatalf("request after the crash: %v", err)
	}

	keep := &http.Client{Transport: &http.Transport{TLSClientConfig: client.Transport.(*http.Transport).TLSClientConfig}}
	if err := works(keep); err != nil {
		t.Fatal(err)
	}
	began = time.Now()
	stopped := make(chan error, 1)
	go func() { stopped <- s.stop() }()
	var firstLoss time.Duration
	for {
		if err := works(keep); err != nil && firstLoss == 0 {
			firstLoss = time.Since(began)
		}
		select {
		case err := <-stopped:
			if err != nil || firstLoss != 0 && firstLoss < 2900*time.Millisecond {
				t.Errorf("stopped after %s: %v; first request lost after %s, want none before the drain time", time.Since(began), err, firstLoss)
			}
			return
		default:
		}
	}
}
