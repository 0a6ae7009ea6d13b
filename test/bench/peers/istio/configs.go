package main

import (
	networking "istio.io/api/networking/v1alpha3"
	"istio.io/istio/pkg/config"
	"istio.io/istio/pkg/config/schema/gvk"

	"github.com/weft-mesh/weft/test/bench/peers/town"
)

// configs is the town in the form that Istio's own benchmarks use: a ServiceEntry for each Service, with endpoints that
// have a sidecar, and a VirtualService for each route.
func configs(services int) []config.Config {
	var out []config.Config
	for i := range services {
		out = append(out, serviceEntry(i))
	}
	for i := range min(town.Routes, services) {
		out = append(out, virtualService(i, town.Path(i)))
	}
	return out
}

func serviceEntry(i int) config.Config {
	entry := &networking.ServiceEntry{
		Hosts:      []string{town.Host(i)},
		Addresses:  []string{town.VIP(i)},
		Ports:      []*networking.ServicePort{{Number: town.Port, Name: "http", Protocol: "HTTP"}},
		Resolution: networking.ServiceEntry_STATIC,
		Location:   networking.ServiceEntry_MESH_INTERNAL,
	}
	for pod := range town.Pods {
		entry.Endpoints = append(entry.Endpoints, &networking.WorkloadEntry{
			Address:        town.Address(i, pod),
			Labels:         map[string]string{"app": town.Name(i), "security.istio.io/tlsMode": "istio"},
			ServiceAccount: town.Name(i),
		})
	}
	return config.Config{
		Meta: config.Meta{GroupVersionKind: gvk.ServiceEntry, Name: town.Name(i), Namespace: town.Team(i)},
		Spec: entry,
	}
}

func virtualService(i int, path string) config.Config {
	return config.Config{
		Meta: config.Meta{GroupVersionKind: gvk.VirtualService, Name: town.Name(i), Namespace: town.Team(i)},
		Spec: &networking.VirtualService{
			Hosts: []string{town.Host(i)},
			Http: []*networking.HTTPRoute{{
				Match: []*networking.HTTPMatchRequest{{Uri: &networking.StringMatch{MatchType: &networking.StringMatch_Prefix{Prefix: path}}}},
				Route: []*networking.HTTPRouteDestination{{Destination: &networking.Destination{
					Host: town.Host(i), Port: &networking.PortSelector{Number: town.Port},
				}}},
			}},
		},
	}
}
