package dump

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Scope is how much of its mesh a proxy knows, and why.
type Scope struct {
	// Whole says that it gets every Service.
	Whole bool
	// Services that it has now, as NAMESPACE/NAME, sorted.
	Services []string
	// Own are those of its namespace.
	Own []string
	// Why lists those that it got beforehand for another reason, by that reason: policy, called or route.
	Why map[string][]string
	// Since are those that it has got since then: it has called them, or had them before.
	Since []string
}

// Names that the operator gives: translate/xds.ScopeCluster and ScopeMetadata. A plugin links none of Envoy's messages.
const (
	scopeCluster  = "scope"
	scopeMetadata = "weft.dev/scope"
)

// ScopeOf reads the scope of a proxy in a namespace out of all that it has.
func ScopeOf(all []Resource, namespace string) Scope {
	out, services := Scope{Whole: true, Why: map[string][]string{}}, map[string]bool{}
	for _, r := range all {
		if r.Type != Clusters || r.State == Static || r.State == Rejected {
			continue
		}
		if r.Name == scopeCluster {
			out.Whole = false
			out.read(r.Config)
		}
		if parts := strings.SplitN(r.Name, "/", 4); len(parts) > 2 {
			services[parts[0]+"/"+parts[1]] = true
		}
	}
	out.Services = slices.Sorted(maps.Keys(services))
	if out.Whole {
		return out
	}
	known := map[string]bool{}
	for _, list := range out.Why {
		for _, service := range list {
			known[service] = true
		}
	}
	for _, service := range out.Services {
		switch {
		case strings.HasPrefix(service, namespace+"/"):
			out.Own = append(out.Own, service)
		case !known[service]:
			out.Since = append(out.Since, service)
		}
	}
	return out
}

// read takes what the operator says why.
func (s *Scope) read(config json.RawMessage) {
	var c struct {
		Metadata struct {
			Filter map[string]map[string]json.RawMessage `json:"filter_metadata"`
		} `json:"metadata"`
	}
	if json.Unmarshal(config, &c) != nil {
		return
	}
	for reason, value := range c.Metadata.Filter[scopeMetadata] {
		var services []string
		if json.Unmarshal(value, &services) == nil {
			s.Why[reason] = services
		}
	}
}
