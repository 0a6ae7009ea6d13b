package xds

import (
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	router "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/router/v3"
	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/weft-mesh/weft/internal/model"
)

const httpFilter = "envoy.filters.network.http_connection_manager"

// outboundHTTP takes requests of the application to a port of a Service. Routes come apart, so that a change of them
// leaves open connections alone.
func outboundHTTP(statPrefix, routes string) *hcm.HttpConnectionManager {
	config := connectionManager(statPrefix)
	config.RouteSpecifier = byRoutes(routes)
	config.HttpFilters = []*hcm.HttpFilter{claimsFilter(), routerFilter}
	config.AccessLog = outcomeLog()
	return config
}

func byRoutes(name string) *hcm.HttpConnectionManager_Rds {
	return &hcm.HttpConnectionManager_Rds{Rds: &hcm.Rds{RouteConfigName: name, ConfigSource: fromADS()}}
}

// inboundHTTP takes requests of the mesh to a port of the application. The rules come apart, under the name access. The
// application learns who calls from x-forwarded-client-cert; what a caller wrote there is dropped.
func inboundHTTP(statPrefix, access string, protocol model.Protocol) *listener.Filter {
	config := connectionManager(statPrefix)
	config.RouteSpecifier = &hcm.HttpConnectionManager_RouteConfig{RouteConfig: toApplication(protocol)}
	config.HttpFilters = []*hcm.HttpFilter{accessFilter(access), routerFilter}
	config.CommonHttpProtocolOptions = &core.HttpProtocolOptions{IdleTimeout: seconds(idleAtCalled)}
	config.ForwardClientCertDetails = hcm.HttpConnectionManager_SANITIZE_SET
	config.SetCurrentClientCertDetails = &hcm.HttpConnectionManager_SetCurrentClientCertDetails{Uri: true}
	return networkFilter(httpFilter, config)
}

// connectionManager has what both directions share. Paths are put into one form, since routes match them. An escaped
// slash stays as it is: some applications give it a meaning, and no rule of this release looks at paths.
func connectionManager(statPrefix string) *hcm.HttpConnectionManager {
	return &hcm.HttpConnectionManager{
		StatPrefix:                   statPrefix,
		HttpProtocolOptions:          &core.Http1ProtocolOptions{AcceptHttp_10: true, EnableTrailers: true},
		StreamIdleTimeout:            seconds(idleStream),
		NormalizePath:                wrapperspb.Bool(true),
		MergeSlashes:                 true,
		PathWithEscapedSlashesAction: hcm.HttpConnectionManager_KEEP_UNCHANGED,
		ServerHeaderTransformation:   hcm.HttpConnectionManager_PASS_THROUGH,
		SkipXffAppend:                true,
		UseRemoteAddress:             wrapperspb.Bool(false),
		UpgradeConfigs:               []*hcm.HttpConnectionManager_UpgradeConfig{{UpgradeType: "websocket"}},
	}
}

// routerFilter adds no header of its own.
var routerFilter = &hcm.HttpFilter{
	Name:       "envoy.filters.http.router",
	ConfigType: &hcm.HttpFilter_TypedConfig{TypedConfig: packed(&router.Router{SuppressEnvoyHeaders: true})},
}

// toApplication leads every request on.
func toApplication(protocol model.Protocol) *route.RouteConfiguration {
	return &route.RouteConfiguration{
		Name: inboundName,
		VirtualHosts: []*route.VirtualHost{{
			Name:                   inboundName,
			Domains:                []string{"*"},
			RequestBodyBufferLimit: wrapperspb.UInt64(retryBody),
			Routes: []*route.Route{{
				Name:  "application",
				Match: &route.RouteMatch{PathSpecifier: &route.RouteMatch_Prefix{Prefix: "/"}},
				Action: &route.Route_Route{Route: &route.RouteAction{
					ClusterSpecifier: &route.RouteAction_Cluster{Cluster: inboundClusterName(protocol)},
					Timeout:          seconds(0),
					RetryPolicy:      retryAtApplication(),
				}},
			}},
		}},
	}
}
