package dump

import (
	"encoding/json"
	"time"
)

// Type is a kind of resource, in the words of kubectl weft.
type Type string

// Types in the order in which Envoy needs them.
const (
	Clusters  Type = "clusters"
	Endpoints Type = "endpoints"
	Listeners Type = "listeners"
	Filters   Type = "filters"
	Routes    Type = "routes"
)

// Types are all types.
var Types = []Type{Clusters, Endpoints, Listeners, Filters, Routes}

// State is what a proxy does with a resource.
type State string

// States.
const (
	Static   State = "static" // from the bootstrap, or within another resource
	Active   State = "active"
	Warming  State = "warming"  // waits for what it needs
	Draining State = "draining" // serves open connections only
	Rejected State = "rejected" // not in force
)

// Resource is one resource of a proxy.
type Resource struct {
	Type    Type      `json:"type"`
	Name    string    `json:"name"`
	State   State     `json:"state"`
	Version string    `json:"version,omitempty"` // as the operator sent it
	Updated time.Time `json:"lastUpdated,omitzero"`
	Reason  string    `json:"reason,omitempty"` // why it was rejected
	// Config is the resource as Envoy has it.
	Config json.RawMessage `json:"config,omitempty"`
}

// Select returns the resources of a type and with a name. An empty type or name is any.
func Select(all []Resource, of Type, name string) []Resource {
	var out []Resource
	for _, r := range all {
		if (of == "" || r.Type == of) && (name == "" || r.Name == name) {
			out = append(out, r)
		}
	}
	return out
}
