package mesh

import (
	"net/netip"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/runtime"
	kubescheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/apply"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/observe"
	"github.com/weft-mesh/weft/internal/xdsserver"
)

type untrusted struct{}

func (untrusted) Trust() (Trust, bool) { return Trust{}, false }

// A Service whose configuration is withheld has a warning in the Mesh's status, until it is corrected [A22].
func TestWithheldConfigurationIsTold(t *testing.T) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{kubescheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	s := modeltest.World(2)
	api := fake.NewClientBuilder().WithScheme(scheme).WithObjects(s.Mesh.DeepCopy()).WithStatusSubresource(s.Mesh).Build()
	cluster := observe.Cluster{Reader: api, Mesh: "main", Namespace: s.OperatorNamespace}
	c := &Controller{Cluster: cluster, XDS: xdsserver.New(logr.Discard()), World: &World{}, Metrics: NewMetrics(prometheus.NewRegistry())}
	o := &Outputs{Cluster: cluster, Writer: apply.NewWriter(api), Fleet: reports{}, Certificates: untrusted{}, World: c.World}
	for _, faulty := range []bool{false, true, false} {
		state := &State{Snapshot: s, Model: model.Build(s)}
		if faulty {
			state.Model.Services[1].VIPs = append(state.Model.Services[1].VIPs, netip.MustParseAddr("fe80::1%eth0"))
		}
		if err := c.publish(t.Context(), state, time.Time{}); err != nil {
			t.Fatal(err)
		}
		if err := o.writeStatus(t.Context(), state); err != nil {
			t.Fatal(err)
		}
		stored := &v1alpha1.Mesh{}
		if err := api.Get(t.Context(), client.ObjectKeyFromObject(s.Mesh), stored); err != nil {
			t.Fatal(err)
		}
		told := 0
		for _, w := range stored.Status.Warnings {
			if w.Kind == "Service" && w.Name == "svc-0001" && w.Reason == model.ReasonWithheld && w.Message != "" {
				told++
			}
		}
		if told > 0 != faulty || told != len(stored.Status.Warnings) {
			t.Errorf("faulty %v, warnings %+v", faulty, stored.Status.Warnings)
		}
	}
}
