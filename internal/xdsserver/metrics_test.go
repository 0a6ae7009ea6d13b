package xdsserver

import (
	"testing"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/weft-mesh/weft/internal/translate/xds"
)

func TestMetrics(t *testing.T) {
	s := New(logr.Discard())
	registry := prometheus.NewRegistry()
	registry.MustRegister(s.Collectors()...)
	c1 := clusterOf("c1", 1, false)
	s.metrics.pushed(&discovery.DeltaDiscoveryResponse{
		TypeUrl: xds.ClusterType, Resources: []*discovery.Resource{{Name: "c1", Resource: c1.Body}}, RemovedResources: []string{"c2"},
	})
	s.metrics.refused(xds.RouteType)
	s.metrics.refused("made up by a client")
	s.connect(Proxy{UID: "a"})
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			name := family.GetName()
			for _, label := range m.GetLabel() {
				name += " " + label.GetValue()
			}
			got[name] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	want := map[string]float64{
		"weft_xds_streams": 1, "weft_xds_pushes_total Cluster": 1, "weft_xds_sent_bytes_total Cluster": float64(len(c1.Body.GetValue())),
		"weft_xds_rejects_total RouteConfiguration": 1, "weft_xds_rejects_total other": 1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
