package xds_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	http "github.com/envoyproxy/go-control-plane/envoy/extensions/upstreams/http/v3"
	envoytype "github.com/envoyproxy/go-control-plane/envoy/type/v3"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/durationpb"
	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/snapshot"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

// messages calls look for every message in all sets of a model, at any depth.
func messages(t *rapid.T, m *model.Model, look func(proto.Message)) {
	seen := map[*xds.Resource]bool{}
	for _, set := range xds.Build(m) {
		for _, r := range set.All() {
			if !seen[r] {
				within(t, r.Body, look)
				for _, near := range r.Near {
					within(t, near.Body, look)
				}
			}
			seen[r] = true
		}
	}
}

func within(t *rapid.T, m proto.Message, look func(proto.Message)) {
	if packed, is := m.(*anypb.Any); is {
		inner, err := packed.UnmarshalNew()
		if err != nil {
			t.Fatal(err)
		}
		m = inner
	}
	look(m)
	m.ProtoReflect().Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.IsMap():
			v.Map().Range(func(_ protoreflect.MapKey, v protoreflect.Value) bool {
				if f.MapValue().Message() != nil {
					within(t, v.Message().Interface(), look)
				}
				return true
			})
		case f.Message() != nil && f.IsList():
			for i := range v.List().Len() {
				within(t, v.List().Get(i).Message().Interface(), look)
			}
		case f.Message() != nil:
			within(t, v.Message().Interface(), look)
		}
		return true
	})
}

// No configuration can make a proxy send a request again that the other side may have begun to serve. It says nothing of
// methods, so it holds for those that are not idempotent. A copy is made only for the new version of a Canary whose step says
// so, and of so many requests.
func TestOnlyUnsentRequestsAreRepeated(t *testing.T) {
	harmless := []string{"connect-failure", "refused-stream", "reset-before-request"}
	rapid.Check(t, func(t *rapid.T) {
		world := model.Build(modeltest.Random(t))
		messages(t, world, func(m proto.Message) {
			switch m := m.(type) {
			case *route.RetryPolicy:
				for _, condition := range strings.Split(m.RetryOn, ",") {
					if !slices.Contains(harmless, condition) {
						t.Fatalf("a request is sent again on %q", condition)
					}
				}
				if m.PerTryTimeout != nil || m.PerTryIdleTimeout != nil || len(m.RetriableStatusCodes)+len(m.RetriableHeaders) > 0 {
					t.Fatalf("a request is sent again for another reason: %v", m)
				}
			case *route.HedgePolicy:
				t.Fatalf("a request is sent again while it is served: %v", m)
			case *route.RouteAction_RequestMirrorPolicy:
				if key, _, version, _ := xds.ParseClusterName(m.Cluster); !mirrors(world, key, version, m.GetRuntimeFraction().GetDefaultValue()) {
					t.Fatalf("a request is sent twice: %v", m)
				}
			}
		})
	})
}

// mirrors says whether a Canary wants copies of this part of the requests for a version.
func mirrors(m *model.Model, key model.Key, version string, part *envoytype.FractionalPercent) bool {
	s, found := m.Service(key)
	return found && s.Split != nil && s.Split.Canary.Name == version && part.GetDenominator() == envoytype.FractionalPercent_HUNDRED &&
		part.GetNumerator() > 0 && part.GetNumerator() == s.Split.Mirror
}

// From application to application each side that opened an idle connection gives it up before the other side does.
func TestIdleConnectionsEndAtTheSideThatOpenedThem(t *testing.T) {
	const application = 5 * time.Second // some servers close then
	rapid.Check(t, func(t *rapid.T) {
		calling, called := time.Duration(0), 1000*time.Hour
		messages(t, model.Build(modeltest.Random(t)), func(m proto.Message) {
			switch m := m.(type) {
			case *cluster.Cluster:
				idle, is := idleOf(t, m)
				switch {
				case !is:
				case m.GetType() == cluster.Cluster_ORIGINAL_DST && idle >= application:
					t.Fatalf("cluster %s keeps an idle connection for %s", m.Name, idle)
				case takesPlain(m) && idle >= application:
					t.Fatalf("cluster %s keeps an idle connection to an application for %s", m.Name, idle)
				case m.GetType() == cluster.Cluster_EDS:
					calling = max(calling, idle)
				}
			case *hcm.HttpConnectionManager:
				if strings.HasPrefix(m.StatPrefix, "inbound/") {
					called = min(called, positive(t, m.StatPrefix, m.CommonHttpProtocolOptions.GetIdleTimeout()))
				}
			}
		})
		if calling >= called {
			t.Fatalf("a caller keeps an idle connection for %s, the called side for %s", calling, called)
		}
	})
}

// takesPlain says that a cluster calls some endpoints without TLS: there is no proxy of ours.
func takesPlain(c *cluster.Cluster) bool {
	return slices.ContainsFunc(c.TransportSocketMatches, func(m *cluster.Cluster_TransportSocketMatch) bool { return m.Name == "plain" })
}

// idleOf is false for clusters of TCP ports.
func idleOf(t *rapid.T, c *cluster.Cluster) (time.Duration, bool) {
	for _, packed := range c.TypedExtensionProtocolOptions {
		options := &http.HttpProtocolOptions{}
		if err := packed.UnmarshalTo(options); err != nil {
			t.Fatal(err)
		}
		return positive(t, c.Name, options.CommonHttpProtocolOptions.GetIdleTimeout()), true
	}
	return 0, false
}

// positive refuses 0, which means for ever, and nothing, which means what Envoy likes.
func positive(t *rapid.T, of string, d *durationpb.Duration) time.Duration {
	if d.AsDuration() <= 0 {
		t.Fatalf("%s has no idle time-out", of)
	}
	return d.AsDuration()
}

// Each Service is called with its own limits, and both sides of a connection find out when the other one is gone.
func TestEveryServiceHasItsLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := model.Build(modeltest.Random(t))
		messages(t, m, func(message proto.Message) {
			switch c := message.(type) {
			case *cluster.Cluster:
				key, _, subset, is := xds.ParseClusterName(c.Name)
				if !is {
					return
				}
				service, _ := m.Service(key)
				checkLimits(t, c, service.Limits, subset != "" && service.Split.Judged)
			case *listener.Listener:
				if c.Name == "inbound" && c.TcpKeepalive == nil {
					t.Fatal("the called side does not find out")
				}
			}
		})
	})
}

func checkLimits(t *rapid.T, c *cluster.Cluster, want model.Limits, judged bool) {
	breakers := c.CircuitBreakers.GetThresholds()
	if len(breakers) != 1 || breakers[0].MaxConnections.GetValue() != want.Connections || breakers[0].MaxRequests.GetValue() != want.Requests ||
		breakers[0].RetryBudget.GetBudgetPercent().GetValue() != float64(want.RetryPercent) {
		t.Fatalf("cluster %s: circuit breakers %v, want %+v", c.Name, breakers, want)
	}
	if pending := breakers[0].MaxPendingRequests.GetValue(); pending != want.Pending && c.TypedExtensionProtocolOptions != nil {
		t.Fatalf("cluster %s: %d may wait, want %d", c.Name, pending, want.Pending)
	}
	if c.ConnectTimeout.AsDuration() != want.ConnectTimeout || want.ConnectTimeout <= 0 || c.UpstreamConnectionOptions.GetTcpKeepalive() == nil {
		t.Fatalf("cluster %s: connect time-out %v, keep-alive %v", c.Name, c.ConnectTimeout, c.UpstreamConnectionOptions)
	}
	// Of a version that is judged no pod is left out: its errors would be too.
	out := c.OutlierDetection
	if off := want.Ejection.Off || judged; (out == nil) != off {
		t.Fatalf("cluster %s, judged %v, %+v: ejection %v", c.Name, judged, want.Ejection, out)
	}
	if out != nil && (out.MaxEjectionPercent.GetValue() != want.Ejection.Percent || out.ConsecutiveGatewayFailure.GetValue() != want.Ejection.Failures ||
		out.BaseEjectionTime.AsDuration() != want.Ejection.Time) {
		t.Fatalf("cluster %s: ejection %v, want %+v", c.Name, out, want.Ejection)
	}
}

// Envoy cuts connections when a listener changes. So a limit changes none.
func TestLimitsChangeNoListener(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := modeltest.Random(t)
		with := listeners(s)
		s.Mesh = s.Mesh.DeepCopy()
		s.Mesh.Spec.Traffic = nil
		policies := s.Policies
		s.Policies = nil
		for _, p := range policies {
			p = p.DeepCopy()
			p.Status.Limits = nil
			s.Policies = append(s.Policies, p)
		}
		if diff := cmp.Diff(listeners(s), with); diff != "" {
			t.Fatalf("versions of listeners (-without +with limits):\n%s", diff)
		}
	})
}

func listeners(s snapshot.Snapshot) map[string]string {
	out := map[string]string{}
	for key, set := range xds.Build(model.Build(s)) {
		for id, r := range set.All() {
			if id.TypeURL == xds.ListenerType {
				out[key.String()+" "+id.Name] = r.Version
			}
		}
	}
	return out
}
