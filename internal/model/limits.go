package model

import (
	"slices"
	"time"
)

// Limits bound what each proxy does to one Service. Every proxy holds to them by itself: the callers of a Service
// together may do as often as much as there are proxies.
type Limits struct {
	ConnectTimeout time.Duration
	// Connections, Pending and Requests are counts at one time. Pending are requests that wait for a connection.
	Connections, Pending, Requests uint32
	// Retries is how often a request is sent again that no pod can have got; RetryPercent, how many requests may be sent
	// again at one time, of those under way.
	Retries, RetryPercent uint32
	Ejection              Ejection
}

// Ejection leaves a pod out that fails again and again. The zero value leaves out none.
type Ejection struct {
	// Failures in a row until a pod is left out; 0: it never is.
	Failures uint32
	// Time is how long a pod is left out, times how often it was.
	Time time.Duration
	// Percent of the pods that are left out at most, rounded down.
	Percent uint32
}

// DefaultLimits hold where nobody asks for others. docs/adr/0008-limits.md says why they are what they are.
func DefaultLimits() Limits {
	return Limits{
		ConnectTimeout: 5 * time.Second,
		Connections:    10_000,
		Pending:        10_000,
		Requests:       10_000,
		Retries:        2,
		RetryPercent:   20,
		Ejection:       Ejection{Failures: 5, Time: 10 * time.Second, Percent: 50},
	}
}

// Retries are those of a request on a route: the fewest of the Services that it leads to.
func (m *Model) Retries(r Route) uint32 {
	var all []uint32
	for _, b := range r.Backends {
		if service, found := m.Service(b.Service); found {
			all = append(all, service.Limits.Retries)
		}
	}
	if len(all) == 0 {
		return 0
	}
	return slices.Min(all)
}
