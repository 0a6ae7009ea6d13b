package outcome

// Words for how a request ended, or a connection of TCP.
const (
	OK          = "ok"           // answered, HTTP below 400; a gRPC call with status OK
	ClientError = "4xx"          // answered, the caller's own fault
	ServerError = "5xx"          // the server answered with 5xx
	Timeout     = "timeout"      // the route's or the attempt's time-out passed
	Refused     = "refused"      // no connection to the server, or it failed TLS
	ResetBefore = "reset-before" // the connection broke before the answer began
	ResetDuring = "reset-during" // the answer began and was cut
	Overflow    = "overflow"     // a circuit breaker of the called service was open
	NoEndpoint  = "no-endpoint"  // the service had no endpoint to send to
	// Abandoned and AbandonedSlow: the caller gave up before the end, within SlowSeconds or later.
	Abandoned     = "abandoned"
	AbandonedSlow = "abandoned-1s"
	Denied        = "denied"   // refused by policy or by a rate limit, not by the server
	Injected      = "injected" // a fault that was asked for
	NoRoute       = "no-route" // the proxy knew no route or no cluster
	// EndedEmpty: a connection of TCP ended in order, and the server had said nothing.
	EndedEmpty = "ended-empty"
	Unknown    = "unknown" // an ending with no word of its own
)

// Tags of an entry about a connection of TCP: the name of its judged route, the cluster that was chosen for it, and how its
// caller's side was closed, which is CallerReset where the caller broke it.
const (
	TagRoute    = "route"
	TagCluster  = "cluster"
	TagClose    = "close"
	CallerReset = "RemoteReset"
)

// SlowSeconds divides Abandoned from AbandonedSlow.
const SlowSeconds = 1

// grpcPrefix starts the word of a gRPC call that ended with a status other than OK: grpc-unavailable.
const grpcPrefix = "grpc-"

// grpcCodes are the names of gRPC's status codes in words. See
// https://grpc.io/docs/guides/status-codes/.
var grpcCodes = [...]string{
	"ok", "cancelled", "unknown", "invalid-argument", "deadline-exceeded", "not-found", "already-exists",
	"permission-denied", "resource-exhausted", "failed-precondition", "aborted", "out-of-range", "unimplemented",
	"internal", "unavailable", "data-loss", "unauthenticated",
}

// GRPC is the word for a gRPC status code. A code that gRPC does not know counts as code 2, unknown.
func GRPC(code uint32) string {
	if code == 0 {
		return OK
	}
	if code >= uint32(len(grpcCodes)) {
		code = 2
	}
	return grpcPrefix + grpcCodes[code]
}
