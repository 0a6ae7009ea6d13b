package model_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/snapshot"
)

// What can't be listened on, or what another Service has, is left out of a Service and told.
func TestServicesThatCantBeHonoured(t *testing.T) {
	first := func(s *snapshot.Snapshot) *corev1.ServiceSpec { return &s.Services[0].Spec }
	for name, c := range map[string]struct {
		change func(*snapshot.Snapshot)
		vips   []string
		ports  []uint16
		reason string
	}{
		"sound":                    {func(*snapshot.Snapshot) {}, []string{"10.96.1.1"}, []uint16{80}, ""},
		"two families":             {func(s *snapshot.Snapshot) { first(s).ClusterIPs = []string{"fd00::1", "10.96.1.1"} }, []string{"10.96.1.1", "fd00::1"}, []uint16{80}, ""},
		"an address of one link":   {func(s *snapshot.Snapshot) { first(s).ClusterIPs = []string{"fe80::1%eth0", "10.96.1.1"} }, []string{"10.96.1.1"}, []uint16{80}, ""},
		"the address of a younger": {func(s *snapshot.Snapshot) { age(s, 1, 2); first(s).ClusterIP = "10.96.1.2" }, []string{"10.96.1.2"}, []uint16{80}, ""},
		"the address of an older":  {func(s *snapshot.Snapshot) { age(s, 2, 1); first(s).ClusterIP = "10.96.1.2" }, nil, []uint16{80}, model.ReasonAddressTaken},
		"a port twice":             {func(s *snapshot.Snapshot) { first(s).Ports = append(first(s).Ports, first(s).Ports[0]) }, []string{"10.96.1.1"}, []uint16{80}, model.ReasonUnsupported},
		"a port out of range": {func(s *snapshot.Snapshot) {
			first(s).Ports = append(first(s).Ports, corev1.ServicePort{Name: "http-more", Port: 65616})
		}, []string{"10.96.1.1"}, []uint16{80}, model.ReasonUnsupported},
		"a target out of range": {func(s *snapshot.Snapshot) {
			first(s).Ports = append(first(s).Ports, corev1.ServicePort{Name: "http-more", Port: 81, TargetPort: intstr.FromInt32(-1)})
		}, []string{"10.96.1.1"}, []uint16{80}, model.ReasonUnsupported},
	} {
		s := twoBackends("front", "cart")
		s.Routes = nil
		c.change(&s)
		m := model.Build(s)
		front, _ := m.Service(frontKey)
		var want []netip.Addr
		for _, text := range c.vips {
			want = append(want, netip.MustParseAddr(text))
		}
		var ports []uint16
		for _, p := range front.Ports {
			ports = append(ports, p.Number)
		}
		if !slices.Equal(want, front.VIPs) || !slices.Equal(c.ports, ports) {
			t.Errorf("%s: addresses %v and ports %v, want %v and %v", name, front.VIPs, ports, want, c.ports)
		}
		told := withoutMessages(slices.DeleteFunc(m.Findings, func(f model.Finding) bool { return f.Name != "front" }))
		var findings []model.Finding
		if c.reason != "" {
			field := map[string]string{model.ReasonAddressTaken: "spec.clusterIPs", model.ReasonUnsupported: "spec.ports"}[c.reason]
			findings = []model.Finding{{Kind: "Service", Namespace: "shop", Name: "front", Reason: c.reason, Field: field}}
		}
		if diff := cmp.Diff(findings, told); diff != "" {
			t.Errorf("%s: findings (-want +got):\n%s", name, diff)
		}
	}
}

// age says when front and cart were made.
func age(s *snapshot.Snapshot, front, cart int64) {
	for i, at := range []int64{front, cart} {
		s.Services[i].CreationTimestamp = metav1.NewTime(time.Unix(at, 0))
	}
}
