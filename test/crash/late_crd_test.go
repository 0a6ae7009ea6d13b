package crash

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/yaml"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// lateRoute sends a quarter of the requests for one Service to another one.
const lateRoute = `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: split}
spec:
  parentRefs: [{group: "", kind: Service, name: reviews}]
  rules: [{backendRefs: [{name: reviews, port: 80, weight: 3}, {name: stock, port: 80, weight: 1}]}]
`

// lateCalls sends half of the calls of a Service to another one.
const lateCalls = `
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: {name: calls}
spec:
  parentRefs: [{group: "", kind: Service, name: talks}]
  rules: [{backendRefs: [{name: talks, port: 80}, {name: stock, port: 80}]}]
`

// The CRDs of HTTPRoute and GRPCRoute may be installed when the operator runs already, one after the other: routes then work
// as if they had been there.
func TestRoutesWhoseCRDArrivesLate(t *testing.T) {
	reset(t)
	withdrawRoutes(t)
	t.Cleanup(func() { withdrawRoutes(t) })
	const address = "127.0.53.1"
	o := alone(t, "weft-operator-0", address)
	home := "late-" + strings.ToLower(rand.Text())
	front := newFront(t, home, address)
	create(t, service(home, "stock", map[string]string{"app": "stock"}))
	talks := service(home, "talks", map[string]string{"app": "talks"})
	talks.Spec.Ports[0].Name = "grpc"
	create(t, talks)
	reviews, stock, spoken := home+"/reviews/80", home+"/stock/80", home+"/talks/80"
	seen := func(g Gomega) map[string]uint32 { return front.proxies[address].shares(g, reviews) }
	await(t, "the Mesh to work, and to say what is missing", func(g Gomega) {
		g.Expect(meshStatus(g).Routes).To(BeEmpty())
		g.Expect(told(meshStatus(g).Conditions)).To(And(
			HaveKeyWithValue(v1alpha1.ConditionAccepted, "True KindsMissing"), HaveKeyWithValue(v1alpha1.ConditionReady, "True Ready")))
		g.Expect(seen(g)).To(Equal(map[string]uint32{reviews: 100}))
	})

	late := func(crd, text string) {
		install(t, envtest.CRDInstallOptions{Paths: []string{crd}})
		route := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(text), &route.Object); err != nil {
			t.Fatal(err)
		}
		route.SetNamespace(home)
		create(t, route)
	}
	late(routeCRD(t, "httproutes"), lateRoute)
	await(t, "the proxy to have got the route", func(g Gomega) {
		g.Expect(seen(g)).To(Equal(map[string]uint32{reviews: 75, stock: 25}))
	})
	await(t, "the Mesh to say that the route is applied", func(g Gomega) {
		g.Expect(meshStatus(g).Routes).To(ConsistOf(v1alpha1.RouteStatus{
			Namespace: home, Name: "split", Generation: 1,
			Acknowledgement: v1alpha1.Acknowledgement{Acknowledged: 1, Total: 1},
		}))
		g.Expect(told(meshStatus(g).Conditions)).To(HaveKeyWithValue(v1alpha1.ConditionAccepted, "True KindsMissing"))
		g.Expect(front.proxies[address].shares(g, spoken)).To(Equal(map[string]uint32{spoken: 100}))
	})

	late(routeCRD(t, "grpcroutes"), lateCalls)
	await(t, "the proxy to have got the route of calls", func(g Gomega) {
		g.Expect(front.proxies[address].shares(g, spoken)).To(Equal(map[string]uint32{spoken: 50, stock: 50}))
	})
	await(t, "the Mesh to say that both routes are applied", func(g Gomega) {
		g.Expect(meshStatus(g).GRPCRoutes).To(ConsistOf(v1alpha1.RouteStatus{
			Namespace: home, Name: "calls", Generation: 1,
			Acknowledgement: v1alpha1.Acknowledgement{Acknowledged: 1, Total: 1},
		}))
		g.Expect(told(meshStatus(g).Conditions)).To(HaveKeyWithValue(v1alpha1.ConditionAccepted, "True Accepted"))
	})
	select {
	case <-o.ended:
		t.Error("the operator has ended")
	default:
	}
}

func meshStatus(g Gomega) v1alpha1.MeshStatus {
	m := mesh()
	g.Expect(api.Get(context.Background(), client.ObjectKeyFromObject(m), m)).To(Succeed())
	return m.Status
}

// shares says how many of a hundred requests for a host the proxy sends to which cluster.
func (p *proxy) shares(g Gomega, name string) map[string]uint32 {
	p.mu.Lock()
	defer p.mu.Unlock()
	config := p.routes[name]
	g.Expect(config.GetVirtualHosts()).To(HaveLen(1), name)
	g.Expect(config.VirtualHosts[0].Routes).To(HaveLen(1), name)
	action := config.VirtualHosts[0].Routes[0].GetRoute()
	if only := action.GetCluster(); only != "" {
		return map[string]uint32{only: 100}
	}
	out, sum := map[string]uint32{}, uint32(0)
	for _, c := range action.GetWeightedClusters().GetClusters() {
		sum += c.Weight.GetValue()
	}
	for _, c := range action.GetWeightedClusters().GetClusters() {
		out[c.Name] = c.Weight.GetValue() * 100 / sum
	}
	return out
}
