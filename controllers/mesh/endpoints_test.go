package mesh

import (
	"context"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kubescheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/observe"
	"github.com/weft-mesh/weft/internal/translate/xds"
	"github.com/weft-mesh/weft/internal/xdsserver"
)

// Somebody writes the addresses of an outside host; those that Kubernetes makes from pods are not looked at.
func TestEndpointsOfAnOutsideHost(t *testing.T) {
	s := modeltest.World(1)
	s.Services[0].Spec.Selector = nil
	name, number := "http", int32(443)
	written := &discovery.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{Namespace: "team-00", Name: "written", Labels: map[string]string{discovery.LabelServiceName: "svc-0000"}},
		Ports:      []discovery.EndpointPort{{Name: &name, Port: &number}},
		Endpoints:  []discovery.Endpoint{{Addresses: []string{"192.0.2.1"}}},
	}
	made := written.DeepCopy()
	made.Name, made.Labels[discovery.LabelManagedBy] = "made", observe.FromPods
	made.Endpoints[0].Addresses[0] = "192.0.2.9"
	c := &Controller{Cluster: observe.Cluster{
		Reader: fake.NewClientBuilder().WithScheme(kubescheme.Scheme).WithObjects(written, made).Build(), Mesh: "main", Namespace: s.OperatorNamespace,
	}}
	for namespace, want := range map[string]string{"": "[192.0.2.1]", "team-00": "[192.0.2.1]", "team-01": "[]"} {
		all, err := c.endpoints(t.Context(), &State{Snapshot: s, Model: model.Build(s)}, namespace)
		if err != nil {
			t.Fatal(err)
		}
		got := []netip.Addr{}
		for _, e := range all {
			for _, item := range e.Items {
				got = append(got, item.Address)
			}
		}
		if fmt.Sprint(got) != want {
			t.Errorf("namespace %q: addresses %v, want %s", namespace, got, want)
		}
	}
}

// Nodes are looked at only where a Service prefers what is near.
func TestNodesAreReadWhereTheyCount(t *testing.T) {
	s := modeltest.World(60) // ten of them in team-01
	wish := corev1.ServiceTrafficDistributionPreferSameZone
	s.Services[55].Spec.TrafficDistribution = &wish
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n", Labels: map[string]string{corev1.LabelTopologyZone: "one"}}}
	objects := []client.Object{node}
	for _, p := range s.Pods {
		p.Spec.NodeName = node.Name
		objects = append(objects, p)
	}
	asked := 0
	reader := fake.NewClientBuilder().WithScheme(kubescheme.Scheme).WithObjects(objects...).WithInterceptorFuncs(interceptor.Funcs{
		List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, options ...client.ListOption) error {
			if list.GetObjectKind().GroupVersionKind().Kind == "NodeList" {
				asked++
			}
			return c.List(ctx, list, options...)
		},
	}).Build()
	c := &Controller{Cluster: observe.Cluster{Reader: reader, Mesh: "main", Namespace: s.OperatorNamespace}}
	for namespace, want := range map[string]int{"team-00": 0, "team-01": 3, "": 3} {
		before := asked
		all, err := c.endpoints(t.Context(), &State{Snapshot: s, Model: model.Build(s)}, namespace)
		if err != nil {
			t.Fatal(err)
		}
		placed := 0
		for _, e := range all {
			for _, item := range e.Items {
				if item.Place.Zone == "one" {
					placed++
				}
			}
		}
		if placed != want || asked-before != min(want, 1) {
			t.Errorf("namespace %q: %d pods have a place, want %d; nodes were read %d times", namespace, placed, want, asked-before)
		}
	}
}

// A pod that changes makes its own cluster's endpoints again and nothing else, and only for its own namespace.
func TestEndpointsNeedNoBuild(t *testing.T) {
	s := modeltest.World(60) // fifty of them in team-00
	objects := fake.NewClientBuilder().WithScheme(kubescheme.Scheme)
	for _, p := range s.Pods {
		objects = objects.WithObjects(p.DeepCopy())
	}
	cluster := objects.Build()
	c := &Controller{
		Cluster: observe.Cluster{Reader: cluster, Mesh: "main", Namespace: s.OperatorNamespace},
		XDS:     xdsserver.New(logr.Discard()), World: &World{}, Metrics: NewMetrics(prometheus.NewRegistry()),
	}
	e := &Endpoints{Controller: c, Seen: &observe.Sightings{}}
	state := &State{Snapshot: s, Model: model.Build(s)}
	if err := c.publish(t.Context(), state, time.Time{}); err != nil {
		t.Fatal(err)
	}

	made := func(namespace string) xds.Work {
		before := c.builder.Work()
		if _, err := e.Reconcile(t.Context(), reconcile.Request{NamespacedName: client.ObjectKey{Namespace: namespace}}); err != nil {
			t.Fatal(err)
		}
		after := c.builder.Work()
		return xds.Work{Ports: after.Ports - before.Ports, Workloads: after.Workloads - before.Workloads, Endpoints: after.Endpoints - before.Endpoints}
	}
	if got := made("team-00"); got != (xds.Work{}) {
		t.Errorf("nothing has changed: made %+v", got)
	}
	pod := &corev1.Pod{}
	if err := cluster.Get(t.Context(), client.ObjectKeyFromObject(s.Pods[0]), pod); err != nil {
		t.Fatal(err)
	}
	pod.Status.Conditions = nil
	if err := cluster.Status().Update(t.Context(), pod); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		namespace string
		want      xds.Work
		reason    string
	}{
		{"team-01", xds.Work{}, "the pod is of another namespace"},
		{"elsewhere", xds.Work{}, "the namespace has not joined"},
		{"team-00", xds.Work{Endpoints: 1}, "the pod is no longer ready"},
		{"team-00", xds.Work{}, "it was made already"},
	} {
		if got := made(step.namespace); got != step.want {
			t.Errorf("%s: made %+v, want %+v", step.reason, got, step.want)
		}
	}
}
