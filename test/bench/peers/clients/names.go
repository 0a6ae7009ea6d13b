package main

import (
	"encoding/json"
	"fmt"
	"os"
)

// names are those of all resources that a proxy of the town's first workload has, by type.
type names map[string][]string

// Types, in the order in which an Envoy subscribes to them. Of the first and the third it wants all that there are.
const (
	clusters  = "type.googleapis.com/envoy.config.cluster.v3.Cluster"
	endpoints = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment"
	listeners = "type.googleapis.com/envoy.config.listener.v3.Listener"
	routes    = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration"
	filters   = "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig"
)

var order = []string{clusters, endpoints, listeners, routes, filters}

func readNames(file string) (names, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var out names
	if err := json.Unmarshal(text, &out); err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	return out, nil
}

func (n names) write(file string) error {
	text, err := json.Marshal(n)
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o644)
}

// numbers gives each resource a number, by its type and name.
func (n names) numbers() map[string]map[string]int {
	out, next := map[string]map[string]int{}, 0
	for _, url := range order {
		out[url] = make(map[string]int, len(n[url]))
		for _, name := range n[url] {
			out[url][name] = next
			next++
		}
	}
	return out
}
