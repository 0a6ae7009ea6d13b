package outcome

// Class is what an outcome means for a verdict.
type Class int

const (
	// Other says nothing about the server.
	Other Class = iota
	// Good is a request that was served.
	Good
	// Bad is a fault of the server.
	Bad
	// GaveUp is a request whose caller left. AbandonedSlow counts as Bad where the judge's latency objective is shorter.
	GaveUp
)

func (c Class) String() string {
	switch c {
	case Good:
		return "good"
	case Bad:
		return "bad"
	case GaveUp:
		return "abandoned"
	default:
		return "other"
	}
}

var classes = map[string]Class{
	OK:            Good,
	ClientError:   Good,
	ServerError:   Bad,
	Timeout:       Bad,
	Refused:       Bad,
	ResetBefore:   Bad,
	ResetDuring:   Bad,
	Overflow:      Bad,
	NoEndpoint:    Bad,
	EndedEmpty:    Bad,
	Abandoned:     GaveUp,
	AbandonedSlow: GaveUp,
	Denied:        Other,
	Injected:      Other,
	NoRoute:       Other,
	Unknown:       Other,

	// A status that the caller's own request explains is an answer.
	"grpc-cancelled":           GaveUp,
	"grpc-invalid-argument":    Good,
	"grpc-not-found":           Good,
	"grpc-already-exists":      Good,
	"grpc-permission-denied":   Good,
	"grpc-failed-precondition": Good,
	"grpc-aborted":             Good,
	"grpc-out-of-range":        Good,
	"grpc-unauthenticated":     Good,

	"grpc-unknown":            Bad,
	"grpc-deadline-exceeded":  Bad,
	"grpc-resource-exhausted": Bad,
	"grpc-unimplemented":      Bad,
	"grpc-internal":           Bad,
	"grpc-unavailable":        Bad,
	"grpc-data-loss":          Bad,
}

// ClassOf is the class of a word. It is Other for a word that is not known.
func ClassOf(word string) Class { return classes[word] }
