package model_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model"
)

// Who asks for stickiness that can't be had is told so.
func TestStickyHeaderOfAService(t *testing.T) {
	for name, c := range map[string]struct {
		header, port string
		want, reason string
	}{
		"a header":              {"X-User", "http", "x-user", ""},
		"of gRPC":               {"user-bin", "grpc", "user-bin", ""},
		"no name of a header":   {"x user", "http", "", model.ReasonUnsupported},
		"no name at all":        {"", "http", "", model.ReasonUnsupported},
		"a pseudo header":       {":path", "http", "", model.ReasonUnsupported},
		"a port of connections": {"x-user", "mysql", "", model.ReasonServiceNotHTTP},
	} {
		s := divided(c.port, 1, 1, 10)
		s.Canaries = nil
		s.Services[0].Annotations = map[string]string{v1alpha1.AnnotationStickyHeader: c.header}
		m := model.Build(s)
		if got := m.Services[0].StickyHeader; got != c.want {
			t.Errorf("%s: header %q, want %q", name, got, c.want)
		}
		var want []model.Finding
		if c.reason != "" {
			want = []model.Finding{{Kind: "Service", Namespace: "shop", Name: "reviews", Reason: c.reason, Field: "metadata.annotations[weft.dev/sticky-header]"}}
		}
		if diff := cmp.Diff(want, withoutMessages(m.Findings)); diff != "" {
			t.Errorf("%s: findings (-want +got):\n%s", name, diff)
		}
	}
}

// A request has one hash, by one header: that of the Service which is called counts first.
func TestStickyHeaderOfARoute(t *testing.T) {
	for _, c := range []struct{ called, backend, want string }{
		{"", "", ""}, {"x-user", "", "x-user"}, {"", "x-cart", "x-cart"}, {"x-user", "x-cart", "x-user"},
	} {
		s := twoBackends("gone", "cart")
		for i, header := range []string{c.called, c.backend} {
			if header != "" {
				s.Services[i].Annotations = map[string]string{v1alpha1.AnnotationStickyHeader: header}
			}
		}
		m := model.Build(s)
		front, _ := m.Service(frontKey)
		if got := m.StickyHeader(front, front.Ports[0].Routes[0]); got != c.want {
			t.Errorf("called %q, backend %q: header %q, want %q", c.called, c.backend, got, c.want)
		}
	}
}
