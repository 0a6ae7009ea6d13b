package dump

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// section is what a list in Envoy's answer holds.
type section struct {
	of    Type
	state State
}

var sections = map[string]section{
	"static_clusters":          {Clusters, Static},
	"dynamic_active_clusters":  {Clusters, Active},
	"dynamic_warming_clusters": {Clusters, Warming},
	"static_endpoint_configs":  {Endpoints, Static},
	"dynamic_endpoint_configs": {Endpoints, Active},
	"static_listeners":         {Listeners, Static},
	"dynamic_listeners":        {Listeners, Active},
	"ecds_filters":             {Filters, Active},
	"static_route_configs":     {Routes, Static},
	"dynamic_route_configs":    {Routes, Active},
}

// entry is one element of such a list. A listener has one more for each state that it is in.
type entry struct {
	Name    string    `json:"name"`
	Version string    `json:"version_info"`
	Updated time.Time `json:"last_updated"`

	Cluster   json.RawMessage `json:"cluster"`
	Endpoints json.RawMessage `json:"endpoint_config"`
	Listener  json.RawMessage `json:"listener"`
	Filter    json.RawMessage `json:"ecds_filter"`
	Route     json.RawMessage `json:"route_config"`

	Active   *entry   `json:"active_state"`
	Warming  *entry   `json:"warming_state"`
	Draining *entry   `json:"draining_state"`
	Failure  *failure `json:"error_state"`
}

// failure is a version that Envoy refused.
type failure struct {
	Config  json.RawMessage `json:"failed_configuration"`
	Version string          `json:"version_info"`
	Updated time.Time       `json:"last_update_attempt"`
	Reason  string          `json:"details"`
}

// Parse reads Envoy's answer.
func Parse(text []byte) ([]Resource, error) {
	var answer struct {
		Configs []map[string]json.RawMessage `json:"configs"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return nil, fmt.Errorf("read envoy's configuration: %w", err)
	}
	var out []Resource
	for _, part := range answer.Configs {
		for field, list := range part {
			s, known := sections[field]
			if !known {
				continue
			}
			var entries []entry
			if err := json.Unmarshal(list, &entries); err != nil {
				return nil, fmt.Errorf("read %s of envoy's configuration: %w", field, err)
			}
			for _, e := range entries {
				out = append(out, e.resources(s)...)
			}
		}
	}
	slices.SortStableFunc(out, compare)
	return out, nil
}

func compare(a, b Resource) int {
	return cmp.Or(cmp.Compare(slices.Index(Types, a.Type), slices.Index(Types, b.Type)),
		cmp.Compare(a.Name, b.Name), cmp.Compare(a.State, b.State), cmp.Compare(a.Version, b.Version))
}

// resources are those of an entry: the one in each state, and the one that Envoy refused.
func (e entry) resources(s section) []Resource {
	var out []Resource
	if config := e.config(); config != nil {
		out = append(out, Resource{
			Type: s.of, Name: cmp.Or(nameOf(config), e.Name), State: s.state, Version: e.Version, Updated: e.Updated, Config: config,
		})
	}
	for state, inner := range map[State]*entry{Active: e.Active, Warming: e.Warming, Draining: e.Draining} {
		if inner != nil {
			inner.Name = e.Name
			out = append(out, inner.resources(section{s.of, state})...)
		}
	}
	if f := e.Failure; f != nil {
		out = append(out, Resource{
			Type: s.of, Name: cmp.Or(e.Name, nameOf(f.Config), nameOf(e.config())), State: Rejected,
			Version: f.Version, Updated: f.Updated, Reason: f.Reason, Config: f.Config,
		})
	}
	return out
}

func (e entry) config() json.RawMessage {
	for _, config := range []json.RawMessage{e.Cluster, e.Endpoints, e.Listener, e.Filter, e.Route} {
		if config != nil {
			return config
		}
	}
	return nil
}

// nameOf is the name of a resource; endpoints have that of their cluster.
func nameOf(config json.RawMessage) string {
	var names struct {
		Name    string `json:"name"`
		Cluster string `json:"cluster_name"`
	}
	if json.Unmarshal(config, &names) != nil {
		return ""
	}
	return cmp.Or(names.Name, names.Cluster)
}
