package ratings

import "fmt"

// Fault is what a bad version does wrong with unary calls, or with connections of lines. Empty is a good version.
type Fault string

const (
	GRPCInternal Fault = "grpc-internal" // a unary call ends with INTERNAL
	LinesReset   Fault = "lines-reset"   // each connection is reset
	LinesMute    Fault = "lines-mute"    // each connection ends without a word
	LinesAbsent  Fault = "lines-absent"  // nothing listens for connections
)

func ParseFault(text string) (Fault, error) {
	switch f := Fault(text); f {
	case "", GRPCInternal, LinesReset, LinesMute, LinesAbsent:
		return f, nil
	}
	return "", fmt.Errorf("fault %q: want %s, %s, %s or %s", text, GRPCInternal, LinesReset, LinesMute, LinesAbsent)
}
