package model

import "time"

// Limits bound what each proxy does to one Service. Every proxy holds to them by itself: the callers of a Service
// together may do as often as much as there are proxies.
type Limits struct {
	ConnectTimeout time.Duration
	// RequestTimeout of a request with all of its answer; 0: none. A time-out of a route goes first.
	RequestTimeout time.Duration
	// Connections, Pending and Requests are counts at one time. Pending are requests that wait for a connection.
	Connections, Pending, Requests uint32
	// Retries is how often a request is sent again that no pod can have got; RetryPercent, how many requests may be sent
	// again at one time, of those under way.
	Retries, RetryPercent uint32
	Ejection              Ejection
}

// Ejection leaves a pod out that fails again and again.
type Ejection struct {
	Off bool // no pod is left out
	// Failures in a row until a pod is left out.
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

// RouteLimits are the time-out and the retries of a request on a route: of the Services that it leads to, the smallest. A
// time-out of the route goes first.
func (m *Model) RouteLimits(r Route) (timeout time.Duration, retries uint32) {
	known := false
	for _, b := range r.Backends {
		service, found := m.Service(b.Service)
		if !found {
			continue
		}
		if l := service.Limits; !known || l.Retries < retries {
			known, retries = true, l.Retries
		}
		if t := service.Limits.RequestTimeout; t > 0 && (timeout == 0 || t < timeout) {
			timeout = t
		}
	}
	if r.Timed {
		timeout = r.Timeout
	}
	return timeout, retries
}
