package xds

import (
	"math"
	"time"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	hosts "github.com/envoyproxy/go-control-plane/envoy/extensions/retry/host/previous_hosts/v3"
	priorities "github.com/envoyproxy/go-control-plane/envoy/extensions/retry/priority/previous_priorities/v3"
	envoytype "github.com/envoyproxy/go-control-plane/envoy/type/v3"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/weft-mesh/weft/internal/model"
)

// Conditions under which a request may be sent again, whatever its method: none of its bytes left this proxy for the
// other side (connect-failure, reset-before-request), or the other side says that it has not looked at it
// (refused-stream). A status code, a time-out or a reset is none of them.
const (
	unsent = "connect-failure,refused-stream,reset-before-request"
	// refused is for an application that takes no new stream on a connection that it is about to close. To dial it again
	// would be of no use: there is no other one.
	refused = "refused-stream,reset-before-request"
)

// leastRetries may be under way at one time however few requests are.
const leastRetries = 3

const (
	ejectionSweep = 10 * time.Second // between looks at which pods may come back
	ejectionMost  = 5 * time.Minute  // that a pod is left out, however often it was
)

// panicPercent is how many pods must be left, or all of them are called. Since half of them are left out at most, that is
// the case only when the others went away.
const panicPercent = 1

// hostAttempts is how often Envoy looks for a pod that was not tried before.
const hostAttempts = 5

// retries go to another pod where there is one, and where near ones are preferred, to the next level. It is nil when
// there are none.
func retries(count uint32, near bool) *route.RetryPolicy {
	if count == 0 {
		return nil
	}
	out := &route.RetryPolicy{
		RetryOn:                       unsent,
		NumRetries:                    wrapperspb.UInt32(count),
		RetryHostPredicate:            otherHosts,
		HostSelectionRetryMaxAttempts: hostAttempts,
	}
	if near {
		out.RetryPriority = otherPriorities
	}
	return out
}

var otherHosts = []*route.RetryPolicy_RetryHostPredicate{{
	Name:       "envoy.retry_host_predicates.previous_hosts",
	ConfigType: &route.RetryPolicy_RetryHostPredicate_TypedConfig{TypedConfig: packed(&hosts.PreviousHostsPredicate{})},
}}

var otherPriorities = &route.RetryPolicy_RetryPriority{
	Name:       "envoy.retry_priorities.previous_priorities",
	ConfigType: &route.RetryPolicy_RetryPriority_TypedConfig{TypedConfig: packed(&priorities.PreviousPrioritiesConfig{UpdateFrequency: 1})},
}

// retryAtApplication asks the application again that has refused, on another connection.
func retryAtApplication() *route.RetryPolicy {
	return &route.RetryPolicy{RetryOn: refused, NumRetries: wrapperspb.UInt32(1)}
}

// breakers count for each proxy by itself. For TCP there are connections only: Envoy would count one that is being
// opened as pending.
func breakers(l model.Limits, protocol model.Protocol) *cluster.CircuitBreakers {
	t := &cluster.CircuitBreakers_Thresholds{
		MaxConnections:     wrapperspb.UInt32(l.Connections),
		MaxPendingRequests: wrapperspb.UInt32(l.Pending),
		MaxRequests:        wrapperspb.UInt32(l.Requests),
		RetryBudget: &cluster.CircuitBreakers_Thresholds_RetryBudget{
			BudgetPercent:       &envoytype.Percent{Value: float64(l.RetryPercent)},
			MinRetryConcurrency: wrapperspb.UInt32(leastRetries),
		},
	}
	if !protocol.IsHTTP() {
		t.MaxPendingRequests = wrapperspb.UInt32(math.MaxUint32)
	}
	return &cluster.CircuitBreakers{Thresholds: []*cluster.CircuitBreakers_Thresholds{t}}
}

// ejection leaves out a pod that can't be reached, or for which a proxy answers: 502, 503 and 504 in a row. Other codes
// are the application's own; it gives them on its other pods too. It is nil when none is left out.
func ejection(e model.Ejection) *cluster.OutlierDetection {
	if e.Off {
		return nil
	}
	always, never := wrapperspb.UInt32(100), wrapperspb.UInt32(0)
	return &cluster.OutlierDetection{
		Interval:                               durationpb.New(ejectionSweep),
		BaseEjectionTime:                       durationpb.New(e.Time),
		MaxEjectionTime:                        durationpb.New(max(e.Time, ejectionMost)),
		MaxEjectionPercent:                     wrapperspb.UInt32(e.Percent),
		SplitExternalLocalOriginErrors:         true,
		ConsecutiveLocalOriginFailure:          wrapperspb.UInt32(e.Failures),
		EnforcingConsecutiveLocalOriginFailure: always,
		ConsecutiveGatewayFailure:              wrapperspb.UInt32(e.Failures),
		EnforcingConsecutiveGatewayFailure:     always,
		EnforcingConsecutive_5Xx:               never,
		EnforcingSuccessRate:                   never,
		EnforcingLocalOriginSuccessRate:        never,
	}
}
