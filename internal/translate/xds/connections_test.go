package xds_test

import (
	"testing"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	tcpproxy "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/tcp_proxy/v3"
	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/snapshot"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

// opaque has a Service of TCP with pods of two versions.
func opaque(stable, canary int) snapshot.Snapshot {
	s := versions(stable, canary)
	s.Services[0].Spec.Ports = []corev1.ServicePort{{Name: "tcp", Port: 9000}}
	return s
}

// Connections are divided as exactly as requests, whatever the numbers of pods. A version without a pod keeps its share. Where
// both have one, a connection has one attempt [D10 D14].
func TestConnectionsHoldExactShares(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := opaque(rapid.IntRange(1, 3).Draw(t, "stable"), rapid.IntRange(0, 3).Draw(t, "canary"))
		for _, weight := range []int32{0, rapid.Int32Range(1, 99).Draw(t, "weight"), 100} {
			s.Canaries = []*v1alpha1.Canary{modeltest.CanaryAt("front", weight)}
			config := connectionsOf(t, s, "shop/front/9000")
			got, want := connectionShares(config), map[string]uint32{}
			for version, share := range map[string]uint32{"v1": uint32(100 - weight), "v2": uint32(weight)} {
				if share > 0 {
					want["shop/front/9000/version="+version] = share
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("at %d%% (-want +got):\n%s", weight, diff)
			}
			if attempts := config.MaxConnectAttempts.GetValue(); (attempts == 1) != (len(want) == 2) {
				t.Fatalf("at %d%% a connection has %d attempts", weight, attempts)
			}
		}
	})
}

// A changed listener closes open sessions. So a Canary that begins, takes a step or ends changes none [D02].
func TestCanariesChangeNoListener(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := modeltest.Random(t)
		with := xds.Build(model.Build(s))
		s.Canaries = nil
		without := xds.Build(model.Build(s))
		for key, set := range with {
			for id, r := range set.All() {
				if id.TypeURL != xds.ListenerType {
					continue
				}
				if other := without[key].Resource(id); other == nil || other.Version != r.Version {
					t.Fatalf("%s: the listener %s is another one with a Canary", key, id.Name)
				}
			}
		}
	})
}

// While a run is judged its connections are reported under its name, and without durations: a session is not slow because it
// lasts.
func TestJudgedConnectionsAreReported(t *testing.T) {
	for name, c := range map[string]struct {
		phase v1alpha1.CanaryPhase
		match []v1alpha1.RequestMatch
		want  int
	}{
		"judged":       {v1alpha1.CanaryProgressing, nil, 1},
		"going back":   {v1alpha1.CanaryRollingBack, nil, 1},
		"promoted":     {v1alpha1.CanaryPromoted, nil, 0},
		"not in focus": {v1alpha1.CanaryProgressing, []v1alpha1.RequestMatch{{Headers: []v1alpha1.NamedMatch{{Name: "x-user"}}}}, 0},
	} {
		s := opaque(1, 1)
		canary := modeltest.CanaryAt("front", 10)
		canary.Status.Phase, canary.Status.Run.Match = c.phase, c.match
		s.Canaries = []*v1alpha1.Canary{canary}
		if got := len(connectionsOf(t, s, "shop/front/9000").AccessLog); got != c.want {
			t.Errorf("%s: %d logs, want %d", name, got, c.want)
		}
	}
}

// connectionsOf says where connections to a port go.
func connectionsOf(t failer, s snapshot.Snapshot, name string) *tcpproxy.TcpProxy {
	t.Helper()
	for _, set := range xds.Build(model.Build(s)) {
		wrapped, config := &core.TypedExtensionConfig{}, &tcpproxy.TcpProxy{}
		r := set.Resource(xds.ID{TypeURL: xds.FilterType, Name: "connections/" + name})
		if r == nil {
			t.Fatalf("no connections to %s", name)
		}
		if err := r.Body.UnmarshalTo(wrapped); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := wrapped.TypedConfig.UnmarshalTo(config); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return config
	}
	t.Fatalf("no workload")
	return nil
}

// connectionShares are the weights of the clusters that connections go to.
func connectionShares(config *tcpproxy.TcpProxy) map[string]uint32 {
	out := map[string]uint32{}
	for _, c := range config.GetWeightedClusters().GetClusters() {
		out[c.Name] = c.Weight
	}
	return out
}
