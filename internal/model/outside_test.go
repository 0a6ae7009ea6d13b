package model_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	discovery "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/snapshot"
)

// outside is the Service reviews of shop without a selector, at these addresses.
func outside(addresses ...string) snapshot.Snapshot {
	s := shop()
	s.Services[0].Spec.Selector = nil
	name, number := "http", int32(8443)
	s.Slices = []*discovery.EndpointSlice{{
		ObjectMeta:  metav1.ObjectMeta{Namespace: "shop", Name: "reviews-1", Labels: map[string]string{discovery.LabelServiceName: "reviews"}},
		AddressType: discovery.AddressTypeIPv4,
		Ports:       []discovery.EndpointPort{{Name: &name, Port: &number}},
		Endpoints:   []discovery.Endpoint{{Addresses: addresses}},
	}}
	return s
}

// called are the endpoints of the Service reviews.
func called(s snapshot.Snapshot) (out []string) {
	m := model.Build(s)
	for _, e := range model.BuildEndpoints(s, m) {
		for _, item := range e.Items {
			text := netip.AddrPortFrom(item.Address, item.Port).String()
			if item.Plain {
				text += " plain"
			}
			out = append(out, text)
		}
	}
	return out
}

func TestOutsideHosts(t *testing.T) {
	no := false
	for name, c := range map[string]struct {
		reason string
		change func(*snapshot.Snapshot)
		want   []string
	}{
		"two addresses": {"sorted, and each once", func(s *snapshot.Snapshot) {
			s.Slices[0].Endpoints[0].Addresses = []string{"192.0.2.2", "192.0.2.1", "192.0.2.2"}
		}, []string{"192.0.2.1:8443 plain", "192.0.2.2:8443 plain"}},
		"two slices": {"they add up", func(s *snapshot.Snapshot) {
			other := s.Slices[0].DeepCopy()
			other.Name, other.Endpoints[0].Addresses = "reviews-2", []string{"192.0.2.9"}
			s.Slices = append(s.Slices, other)
		}, []string{"192.0.2.1:8443 plain", "192.0.2.9:8443 plain"}},
		"not ready":     {"somebody says that it takes no calls", func(s *snapshot.Snapshot) { s.Slices[0].Endpoints[0].Conditions.Ready = &no }, nil},
		"a name":        {"names are not looked up", func(s *snapshot.Snapshot) { s.Slices[0].Endpoints[0].Addresses = []string{"example.org"} }, nil},
		"another port":  {"ports have the same name in both", func(s *snapshot.Snapshot) { *s.Slices[0].Ports[0].Name = "other" }, nil},
		"another place": {"a namespace only speaks for its own Services", func(s *snapshot.Snapshot) { s.Slices[0].Namespace = "bank" }, nil},
		"with pods":     {"of a Service with a selector the pods count", func(s *snapshot.Snapshot) { s.Services[0].Spec.Selector = map[string]string{"app": "a"} }, nil},
		"the API server": {"its calls pass as they are", func(s *snapshot.Snapshot) {
			s.Namespaces[0].Name, s.Services[0].Namespace, s.Services[0].Name = "default", "default", "kubernetes"
			s.Slices[0].Namespace, s.Slices[0].Labels[discovery.LabelServiceName] = "default", "kubernetes"
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := outside("192.0.2.1")
			// A pod without labels is behind no Service, although an empty selector would select it.
			s.Pods = append(s.Pods, modeltest.Pod("shop", "bystander", nil, 1))
			c.change(&s)
			if diff := cmp.Diff(c.want, called(s)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.reason, diff)
			}
		})
	}
}

// An address that changes changes no part of the model.
func TestAddressesOfOutsideHostsAreNotInTheModel(t *testing.T) {
	if diff := cmp.Diff(model.Build(outside("192.0.2.1")), model.Build(outside("192.0.2.2")), addresses); diff != "" {
		t.Errorf("models differ:\n%s", diff)
	}
	s := outside("example.org")
	s.Slices[0].AddressType = discovery.AddressTypeFQDN
	if f := model.Build(s).Findings; len(f) != 1 || f[0].Reason != model.ReasonOutsideName || f[0].Fatal {
		t.Errorf("findings %+v, want a note on the name", f)
	}
}

func TestLimitsOfAnOutsideHost(t *testing.T) {
	s := outside("192.0.2.1")
	s.Policies = append(s.Policies, limiting("p", 1, nil, connections(1, "reviews")))
	if got := limitsOf(t, model.Build(s)).Connections; got != 1 {
		t.Errorf("%d connections, want 1", got)
	}
}
