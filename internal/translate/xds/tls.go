package xds

import (
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	raw "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/raw_buffer/v3"
	tls "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	matcher "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/weft-mesh/weft/internal/model"
)

const tlsSocket = "envoy.transport_sockets.tls"

// nobody is an identity that no mesh issues: a workload's has the path /ns/NAMESPACE/sa/ACCOUNT.
const nobody = "spiffe://invalid/nobody"

// upstreamTLS presents the workload's certificate and takes exactly one identity. A session is not resumed, because the
// identity would not be checked again.
func upstreamTLS(peer string, protocol model.Protocol) *tls.UpstreamTlsContext {
	return &tls.UpstreamTlsContext{
		CommonTlsContext: commonTLS(protocol, []*tls.SubjectAltNameMatcher{exactSAN(peer)}),
		MaxSessionKeys:   wrapperspb.UInt32(0),
	}
}

// downstreamTLS demands a certificate with one of the identities.
func downstreamTLS(protocol model.Protocol, peers []*tls.SubjectAltNameMatcher) *core.TransportSocket {
	return socket(tlsSocket, &tls.DownstreamTlsContext{
		CommonTlsContext:                 commonTLS(protocol, peers),
		RequireClientCertificate:         wrapperspb.Bool(true),
		DisableStatefulSessionResumption: true,
		SessionTicketKeysType:            &tls.DownstreamTlsContext_DisableStatelessSessionResumption{DisableStatelessSessionResumption: true},
	})
}

// commonTLS sets the versions on both sides: Envoy as a client stops at TLS 1.2 by itself.
func commonTLS(protocol model.Protocol, peers []*tls.SubjectAltNameMatcher) *tls.CommonTlsContext {
	return &tls.CommonTlsContext{
		TlsParams:                      versions,
		AlpnProtocols:                  alpn[protocol],
		TlsCertificateSdsSecretConfigs: certificates,
		ValidationContextType: &tls.CommonTlsContext_CombinedValidationContext{
			CombinedValidationContext: &tls.CommonTlsContext_CombinedCertificateValidationContext{
				DefaultValidationContext:         &tls.CertificateValidationContext{MatchTypedSubjectAltNames: peers},
				ValidationContextSdsSecretConfig: roots,
			},
		},
	}
}

// What all TLS contexts have in common.
var (
	versions = &tls.TlsParameters{
		TlsMinimumProtocolVersion: tls.TlsParameters_TLSv1_2,
		TlsMaximumProtocolVersion: tls.TlsParameters_TLSv1_3,
	}
	certificates = []*tls.SdsSecretConfig{fromAgent(SecretIdentity)}
	roots        = fromAgent(SecretRoots)
)

var alpn = map[model.Protocol][]string{
	model.HTTP: {"http/1.1"},
	model.GRPC: {"h2"},
}

// fromAgent asks the agent for a secret, over its unix socket.
func fromAgent(secret string) *tls.SdsSecretConfig {
	return &tls.SdsSecretConfig{
		Name: secret,
		SdsConfig: &core.ConfigSource{
			ResourceApiVersion:  core.ApiVersion_V3,
			InitialFetchTimeout: seconds(fetchTimeout),
			ConfigSourceSpecifier: &core.ConfigSource_ApiConfigSource{ApiConfigSource: &core.ApiConfigSource{
				ApiType:             core.ApiConfigSource_DELTA_GRPC,
				TransportApiVersion: core.ApiVersion_V3,
				GrpcServices:        []*core.GrpcService{agentService()},
			}},
		},
	}
}

func agentService() *core.GrpcService {
	return &core.GrpcService{TargetSpecifier: &core.GrpcService_EnvoyGrpc_{
		EnvoyGrpc: &core.GrpcService_EnvoyGrpc{ClusterName: AgentCluster},
	}}
}

func exactSAN(uri string) *tls.SubjectAltNameMatcher {
	return uriSAN(&matcher.StringMatcher{MatchPattern: &matcher.StringMatcher_Exact{Exact: uri}})
}

func prefixSAN(uri string) *tls.SubjectAltNameMatcher {
	return uriSAN(&matcher.StringMatcher{MatchPattern: &matcher.StringMatcher_Prefix{Prefix: uri}})
}

func uriSAN(m *matcher.StringMatcher) *tls.SubjectAltNameMatcher {
	return &tls.SubjectAltNameMatcher{SanType: tls.SubjectAltNameMatcher_URI, Matcher: m}
}

func rawBuffer() *core.TransportSocket {
	return socket("envoy.transport_sockets.raw_buffer", &raw.RawBuffer{})
}

func socket(name string, config proto.Message) *core.TransportSocket {
	return &core.TransportSocket{
		Name:       name,
		ConfigType: &core.TransportSocket_TypedConfig{TypedConfig: packed(config)},
	}
}
