// Package xdstest reads sets for tests: as YAML for people, as a static bootstrap that Envoy can check, and as Envoy
// would when a caller comes.
package xdstest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"sigs.k8s.io/yaml"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

// Render writes a set and its endpoints as YAML, in the order of types and names.
func Render(set *xds.Set, endpoints map[string]*xds.Resource) ([]byte, error) {
	out := map[string]any{"stamps": stamps(set)}
	for _, kind := range []struct{ title, url string }{
		{"clusters", xds.ClusterType}, {"listeners", xds.ListenerType}, {"routes", xds.RouteType}, {"filters", xds.FilterType},
	} {
		list, err := plainList(Of(set, kind.url))
		if err != nil {
			return nil, err
		}
		out[kind.title] = list
	}
	var assignments []*xds.Resource
	for _, name := range slices.Sorted(maps.Keys(endpoints)) {
		assignments = append(assignments, endpoints[name])
	}
	list, err := plainList(assignments)
	if err != nil {
		return nil, err
	}
	out["endpoints"] = list
	return yaml.Marshal(out)
}

// Of lists the resources of a type by name.
func Of(set *xds.Set, typeURL string) []*xds.Resource {
	var out []*xds.Resource
	for id, r := range set.All() {
		if id.TypeURL == typeURL {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b *xds.Resource) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return out
}

func plainList(resources []*xds.Resource) ([]any, error) {
	var out []any
	for _, r := range resources {
		message, err := r.Body.UnmarshalNew()
		if err != nil {
			return nil, fmt.Errorf("decode %s: %w", r.Name, err)
		}
		value, err := Plain(message)
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", r.Name, err)
		}
		out = append(out, value)
	}
	return out, nil
}

// Plain is a message as maps and lists, with the names of its fields as Envoy writes them.
func Plain(message proto.Message) (any, error) {
	text, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(message)
	if err != nil {
		return nil, err
	}
	var out any
	return out, json.Unmarshal(text, &out)
}

// stamps tells what carries each object, without the Mesh, which everything carries.
func stamps(set *xds.Set) map[string][]string {
	out := map[string][]string{}
	for stamp, ids := range set.Stamps() {
		if stamp.Kind == "Mesh" {
			continue
		}
		name := fmt.Sprintf("%s %s at %s", stamp.Kind, model.Key{Namespace: stamp.Namespace, Name: stamp.Name}, stamp.Version)
		for _, id := range ids {
			kind := id.TypeURL[len("type.googleapis.com/envoy.config."):]
			out[name] = append(out[name], kind+" "+id.Name)
		}
	}
	return out
}
