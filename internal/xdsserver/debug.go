package xdsserver

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/weft-mesh/weft/internal/translate/xds"
)

// Connection is one connected proxy as the server sees it.
type Connection struct {
	Pod       string    `json:"pod"`
	UID       string    `json:"uid"`
	Workload  string    `json:"workload"`
	Connected time.Time `json:"connectedSince"`
	// Version is that of the set that the proxy should have, Acknowledged of the last one that it held as a whole.
	Version      string `json:"version,omitempty"`
	Acknowledged string `json:"acknowledged,omitempty"`
	UpToDate     bool   `json:"upToDate"`
	// Lacks are the resources that are to be sent, to be removed, or not answered yet.
	Lacks   []ResourceName    `json:"lacks,omitempty"`
	Refuses []RefusedResource `json:"refuses,omitempty"`
	// Beyond are the Services that it has beyond that set: it has called them, or had them before its scope became narrower.
	Beyond []string `json:"beyond,omitempty"`
	// Queued responses wait to be sent, Unanswered ones for their answer.
	Queued     int64  `json:"queued"`
	Unanswered int64  `json:"unanswered"`
	SentBytes  uint64 `json:"sentBytes"` // of resources, on this stream
}

// ResourceName is a resource by a short name of its type and its own.
type ResourceName struct {
	Type string `json:"type"`
	Name string `json:"name"`
}

// RefusedResource is a version that a proxy does not accept, with Envoy's text.
type RefusedResource struct {
	ResourceName
	Version string `json:"version"`
	Reason  string `json:"reason"`
}

// inspection lets others look at a stream between two of its steps.
type inspection struct {
	asked chan func(*stream)
	gone  chan struct{} // closed when the stream has ended
}

func newInspection() inspection {
	return inspection{asked: make(chan func(*stream)), gone: make(chan struct{})}
}

// Connections describes the connected proxies, sorted by pod and time of connection. It is meant for people: it asks each
// stream in turn. Its error is that of the context.
func (s *Server) Connections(ctx context.Context) ([]Connection, error) {
	s.mu.Lock()
	conns := make([]*conn, 0, len(s.conns))
	for c := range s.conns {
		conns = append(conns, c)
	}
	s.mu.Unlock()
	out := make([]Connection, 0, len(conns))
	answer := make(chan Connection, 1)
	for _, c := range conns {
		select {
		case c.asked <- func(st *stream) { answer <- c.describe(st) }:
			out = append(out, <-answer)
		case <-c.gone:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	slices.SortFunc(out, func(a, b Connection) int {
		return cmp.Or(cmp.Compare(a.Pod, b.Pod), a.Connected.Compare(b.Connected))
	})
	return out, nil
}

// describe runs in the goroutine of the stream.
func (c *conn) describe(st *stream) Connection {
	return Connection{
		Pod: c.proxy.Pod.String(), UID: c.proxy.UID, Workload: c.proxy.Workload.String(), Connected: c.connected,
		Version: st.version(), Acknowledged: c.acknowledged, UpToDate: st.upToDate(),
		Lacks: st.lacking(), Refuses: st.refusedResources(), Beyond: st.target.beyond.names(),
		Queued: c.queued.Load(), Unanswered: c.open.Load(), SentBytes: c.sent,
	}
}

// lacking names what the client lacks, sorted.
func (st *stream) lacking() []ResourceName {
	ids := map[xds.ID]bool{}
	for id := range st.lacks {
		ids[id] = true
	}
	for _, k := range st.kinds() {
		for name := range k.tasks {
			ids[xds.ID{TypeURL: k.url, Name: name}] = true
		}
		for name := range k.busy {
			ids[xds.ID{TypeURL: k.url, Name: name}] = true
		}
	}
	for name, answer := range st.first.answers {
		if answer == nil {
			ids[xds.ID{TypeURL: xds.ClusterType, Name: name}] = true
		}
	}
	var out []ResourceName
	for id := range ids {
		out = append(out, ResourceName{short(id.TypeURL), id.Name})
	}
	slices.SortFunc(out, ResourceName.compare)
	return out
}

// refusedResources names the current versions that the client refuses, sorted.
func (st *stream) refusedResources() []RefusedResource {
	var out []RefusedResource
	for _, k := range st.kinds() {
		for name, refused := range k.rejected {
			if resource := k.lookup(name); resource != nil && k.refuses(resource) {
				out = append(out, RefusedResource{ResourceName{short(k.url), name}, refused.version, refused.reason})
			}
		}
	}
	slices.SortFunc(out, func(a, b RefusedResource) int { return a.compare(b.ResourceName) })
	return out
}

func (r ResourceName) compare(other ResourceName) int {
	return cmp.Or(cmp.Compare(r.Type, other.Type), cmp.Compare(r.Name, other.Name))
}
