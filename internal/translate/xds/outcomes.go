package xds

import (
	accesslog "github.com/envoyproxy/go-control-plane/envoy/config/accesslog/v3"
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	cel "github.com/envoyproxy/go-control-plane/envoy/extensions/access_loggers/filters/cel/v3"
	grpclog "github.com/envoyproxy/go-control-plane/envoy/extensions/access_loggers/grpc/v3"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/weft-mesh/weft/internal/outcome"
)

// outcomeLog sends how requests of judged routes ended to the agent. It is there for every route, so that a Canary that
// begins or ends changes routes and no listener. The status of a gRPC call stands in the trailers, or in the headers
// when there is no body.
func outcomeLog() []*accesslog.AccessLog {
	return []*accesslog.AccessLog{{
		Name:   "envoy.access_loggers.http_grpc",
		Filter: judgedOnly(),
		ConfigType: &accesslog.AccessLog_TypedConfig{TypedConfig: packed(&grpclog.HttpGrpcAccessLogConfig{
			CommonConfig:                    agentLog(),
			AdditionalResponseHeadersToLog:  []string{"grpc-status"},
			AdditionalResponseTrailersToLog: []string{"grpc-status"},
		})},
	}}
}

func agentLog() *grpclog.CommonGrpcAccessLogConfig {
	return &grpclog.CommonGrpcAccessLogConfig{
		LogName:             accessLogName,
		GrpcService:         agentService(),
		TransportApiVersion: core.ApiVersion_V3,
		BufferFlushInterval: seconds(logFlush),
		BufferSizeBytes:     wrapperspb.UInt32(logBuffer),
	}
}

func judgedOnly() *accesslog.AccessLogFilter {
	return &accesslog.AccessLogFilter{FilterSpecifier: &accesslog.AccessLogFilter_ExtensionFilter{
		ExtensionFilter: &accesslog.ExtensionFilter{
			Name: "envoy.access_loggers.extension_filters.cel",
			ConfigType: &accesslog.ExtensionFilter_TypedConfig{TypedConfig: packed(&cel.ExpressionFilter{
				Expression: "xds.route_name.startsWith('" + outcome.Judged + "')",
			})},
		},
	}}
}
