package xds

import (
	"fmt"
	"testing"

	gateway "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/snapshot"
)

// BenchmarkGeneration makes one type of resources for one proxy and encodes them, with nothing left from an earlier time.
// The shapes are those of Istio's benchmarks of the same names, as far as the two meshes have the same words: there, a
// route of `virtualservice` also matches by a regular expression and rewrites the path.
func BenchmarkGeneration(b *testing.B) {
	for _, shape := range []struct {
		name string
		snapshot.Snapshot
	}{{"http", modeltest.World(100)}, {"tcp", tcp(modeltest.World(100))}, {"virtualservice", routed(modeltest.World(100))}} {
		m := model.Build(shape.Snapshot)
		measure(b, "Cluster/"+shape.name, func() []*Resource { return clustersOf(m) })
		measure(b, "Listener/"+shape.name, func() []*Resource { return listenersOf(m) })
		if shape.name != "tcp" {
			measure(b, "Route/"+shape.name, func() []*Resource { return configurationsOf(m) })
		}
	}
	everyone := model.Build(modeltest.World(100))
	measure(b, "EveryWorkload", func() (out []*Resource) {
		for _, set := range Build(everyone) {
			for _, r := range set.All() {
				out = append(out, r)
			}
		}
		return out
	})
	for _, grid := range []struct{ endpoints, services int }{{1, 100}, {10, 10}, {100, 10}, {1000, 1}} {
		s := crowded(grid.endpoints, grid.services)
		m := model.Build(s)
		measure(b, fmt.Sprintf("Endpoint/%d/%d", grid.endpoints, grid.services), func() (out []*Resource) {
			for _, e := range model.BuildEndpoints(s, m) {
				out = append(out, assignment(e))
			}
			return out
		})
	}
}

// BenchmarkPerResource shows what one resource takes when so many are made together.
func BenchmarkPerResource(b *testing.B) {
	for _, services := range []int{10, 100, 1000} {
		s := modeltest.World(services)
		m := model.Build(s)
		endpoints := model.BuildEndpoints(s, m)
		for _, c := range []struct {
			name     string
			generate func() []*Resource
		}{
			{"Cluster", func() []*Resource { return clustersOf(m) }},
			{"Listener", func() []*Resource { return listenersOf(m) }},
			{"Route", func() []*Resource { return configurationsOf(m) }},
			{"Endpoint", func() (out []*Resource) {
				for _, e := range endpoints {
					out = append(out, assignment(e))
				}
				return out
			}},
		} {
			b.Run(fmt.Sprintf("%s/services=%d", c.name, services), func(b *testing.B) {
				made := 0
				for b.Loop() {
					made = len(c.generate())
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*made), "ns/resource")
				b.ReportMetric(testing.AllocsPerRun(1, func() { c.generate() })/float64(made), "allocs/resource")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

func measure(b *testing.B, name string, generate func() []*Resource) {
	b.Run(name, func(b *testing.B) {
		b.ReportAllocs()
		var last []*Resource
		for b.Loop() {
			last = generate()
		}
		bytes := 0
		for _, r := range last {
			bytes += len(r.Body.Value)
		}
		b.ReportMetric(float64(bytes)/1000, "kb/msg")
		b.ReportMetric(float64(len(last)), "resources/msg")
	})
}

func clustersOf(m *model.Model) []*Resource {
	out, kit := []*Resource{passthroughCluster(), nowhereCluster(), inboundCluster(model.HTTP), inboundCluster(model.GRPC)}, newKit(m.Mesh.TrustDomain)
	for i := range m.Services {
		for j := range m.Services[i].Ports {
			out = append(out, serviceClusters(&m.Services[i], &m.Services[i].Ports[j], kit)...)
		}
	}
	return out
}

// listenersOf has the rules of the inbound listener too.
func listenersOf(m *model.Model) []*Resource {
	out, forms := []*Resource{catcherListener()}, newListenerForms()
	for i := range m.Services {
		service := &m.Services[i]
		for j := range service.Ports {
			for _, vip := range service.VIPs {
				out = append(out, forms.of(ClusterName(service.Key, service.Ports[j].Number, ""), vip, &service.Ports[j]))
			}
		}
	}
	for _, r := range inbound(workloadInput{trustDomain: m.Mesh.TrustDomain, workload: m.Workloads[0]}).Resources {
		out = append(out, r)
	}
	return out
}

func configurationsOf(m *model.Model) (out []*Resource) {
	kit := newKit(m.Mesh.TrustDomain)
	for i := range m.Services {
		service := &m.Services[i]
		for j := range service.Ports {
			out = append(out, kit.routes(m, ClusterName(service.Key, service.Ports[j].Number, ""), service, &service.Ports[j]))
		}
	}
	return out
}

func tcp(s snapshot.Snapshot) snapshot.Snapshot {
	for _, service := range s.Services {
		service.Spec.Ports[0].Name = "tcp"
	}
	return s
}

// routed gives each Service a route with two matches.
func routed(s snapshot.Snapshot) snapshot.Snapshot {
	core, kind, port := gateway.Group(""), gateway.Kind("Service"), gateway.PortNumber(8080)
	path := func(kind gateway.PathMatchType, value string) gateway.HTTPRouteMatch {
		return gateway.HTTPRouteMatch{Path: &gateway.HTTPPathMatch{Type: &kind, Value: &value}}
	}
	for _, service := range s.Services {
		r := &gateway.HTTPRoute{ObjectMeta: service.ObjectMeta}
		r.Spec.ParentRefs = []gateway.ParentReference{{Group: &core, Kind: &kind, Name: gateway.ObjectName(service.Name)}}
		backend := gateway.HTTPBackendRef{}
		backend.Name, backend.Port = gateway.ObjectName(service.Name), &port
		r.Spec.Rules = []gateway.HTTPRouteRule{{
			Matches:     []gateway.HTTPRouteMatch{path(gateway.PathMatchPathPrefix, "/foo"), path(gateway.PathMatchExact, "/bar")},
			BackendRefs: []gateway.HTTPBackendRef{backend},
		}}
		s.Routes = append(s.Routes, r)
	}
	return s
}

// crowded has so many pods behind each Service.
func crowded(endpoints, services int) snapshot.Snapshot {
	s := modeltest.World(services)
	s.Pods = nil
	for i, service := range s.Services {
		for n := range endpoints {
			labels := map[string]string{"app": service.Name, v1alpha1.LabelWorkload: service.Name}
			s.Pods = append(s.Pods, modeltest.Pod(service.Namespace, fmt.Sprintf("%s-%d", service.Name, n), labels, i*endpoints+n))
		}
	}
	return s
}
