package bootstrap

import (
	"encoding/json"
	"fmt"
)

// Cluster is the name of the cluster that leads to the agent's socket. It is that of package translate/xds, which an
// agent does not link.
const Cluster = "agent"

// Admin is where Envoy's admin interface listens: loopback only.
const (
	AdminAddress = "127.0.0.1"
	AdminPort    = 15000
)

// Input is what differs from pod to pod.
type Input struct {
	Namespace, Pod string
	Workload       string
	Socket         string // path of the agent's socket
}

type object = map[string]any

// Build makes the bootstrap.
func Build(in Input) ([]byte, error) {
	text, err := json.MarshalIndent(object{
		"node":  object{"id": in.Namespace + "/" + in.Pod, "cluster": in.Workload},
		"admin": object{"address": socketAddress(AdminAddress, AdminPort), "ignore_global_conn_limit": true},
		"dynamic_resources": object{
			"ads_config": discovery(),
			"cds_config": overADS(),
			"lds_config": overADS(),
		},
		"static_resources": object{"clusters": []object{agentCluster(in.Socket)}},
		"layered_runtime":  object{"layers": []object{{"name": "static", "static_layer": object{}}}},
	}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode Envoy's bootstrap: %w", err)
	}
	return append(text, '\n'), nil
}

// discovery is one stream for all types. A lost stream is opened again within a second.
func discovery() object {
	return object{
		"api_type":              "DELTA_GRPC",
		"transport_api_version": "V3",
		"grpc_services": []object{{"envoy_grpc": object{
			"cluster_name": Cluster,
			"retry_policy": object{"retry_back_off": object{"base_interval": "0.1s", "max_interval": "1s"}},
		}}},
	}
}

func overADS() object {
	return object{"ads": object{}, "resource_api_version": "V3"}
}

// agentCluster speaks HTTP/2 over the socket: ADS, secrets and the access log.
func agentCluster(socket string) object {
	return object{
		"name":            Cluster,
		"type":            "STATIC",
		"connect_timeout": "1s",
		"typed_extension_protocol_options": object{
			"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": object{
				"@type":                "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
				"explicit_http_config": object{"http2_protocol_options": object{}},
			},
		},
		"load_assignment": object{
			"cluster_name": Cluster,
			"endpoints": []object{{"lb_endpoints": []object{{
				"endpoint": object{"address": object{"pipe": object{"path": socket}}},
			}}}},
		},
	}
}

func socketAddress(address string, port int) object {
	return object{"socket_address": object{"address": address, "port_value": port}}
}
