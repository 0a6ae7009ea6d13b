package xds

import (
	"math"
	"time"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// Times in seconds. An idle connection ends at the side that opened it, so that a request never meets a connection that
// the other side is just closing: from application to application the time gets shorter.
const (
	connectTimeout = 5 // to an address that is not a Service's
	// fetchTimeout is how long a resource waits for another one that it needs: an answer that doesn't come must not
	// hold up everything else.
	fetchTimeout = 1

	idleAtCaller      = 600   // caller's Envoy to called Envoy
	idleAtCalled      = 3600  // called Envoy, when the caller's side forgets
	idleAtApplication = 4     // to an application without an Envoy between; some close after 5
	idleTCP           = 86400 // a TCP session; keep-alive finds dead peers long before
	idleStream        = 3600  // a request or stream on which nothing moves
	logFlush          = 0.5
)

// connectAttempts is how many endpoints a TCP session tries, one after the other, before it ends: nothing was sent to
// those that did not answer.
const connectAttempts = 3

// retryBody is how many bytes of a request's body are kept to send it again. A longer request is sent once.
const retryBody = 64 << 10

// logBuffer is how many bytes of log entries wait for a flush at most.
const logBuffer = 16384

func seconds(n float64) *durationpb.Duration {
	return durationpb.New(time.Duration(n * float64(time.Second)))
}

// fromADS asks on the stream that brought the resource.
func fromADS() *core.ConfigSource {
	return &core.ConfigSource{
		ResourceApiVersion:    core.ApiVersion_V3,
		InitialFetchTimeout:   seconds(fetchTimeout),
		ConfigSourceSpecifier: &core.ConfigSource_Ads{Ads: &core.AggregatedConfigSource{}},
	}
}

// keepAlive finds a peer that is gone without a word within a minute.
func keepAlive() *core.TcpKeepalive {
	return &core.TcpKeepalive{
		KeepaliveTime:     wrapperspb.UInt32(30),
		KeepaliveInterval: wrapperspb.UInt32(10),
		KeepaliveProbes:   wrapperspb.UInt32(3),
	}
}

func keptAlive() *cluster.UpstreamConnectionOptions {
	return &cluster.UpstreamConnectionOptions{TcpKeepalive: keepAlive()}
}

// unlimited lifts Envoy's own limits of 1024 where no Service is called: on the way to the application, and to addresses
// outside of the mesh.
func unlimited() *cluster.CircuitBreakers {
	most := wrapperspb.UInt32(math.MaxUint32)
	return &cluster.CircuitBreakers{Thresholds: []*cluster.CircuitBreakers_Thresholds{
		{MaxConnections: most, MaxPendingRequests: most, MaxRequests: most},
	}}
}

func address(ip string, port uint32) *core.Address {
	return &core.Address{Address: &core.Address_SocketAddress{SocketAddress: &core.SocketAddress{
		Address:       ip,
		PortSpecifier: &core.SocketAddress_PortValue{PortValue: port},
	}}}
}
