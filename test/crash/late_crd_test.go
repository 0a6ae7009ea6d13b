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

// The CRD of HTTPRoute may be installed when the operator runs already: routes then work as if it had been there.
func TestRoutesWhoseCRDArrivesLate(t *testing.T) {
	reset(t)
	withdrawRoutes(t)
	t.Cleanup(func() { withdrawRoutes(t) })
	const address = "127.0.53.1"
	o := alone(t, "weft-operator-0", address)
	home := "late-" + strings.ToLower(rand.Text())
	front := newFront(t, home, address)
	create(t, service(home, "stock", map[string]string{"app": "stock"}))
	reviews, stock := home+"/reviews/80", home+"/stock/80"
	seen := func(g Gomega) map[string]uint32 { return front.proxies[address].shares(g, reviews) }
	await(t, "the Mesh to work, and to say what is missing", func(g Gomega) {
		g.Expect(meshStatus(g).Routes).To(BeEmpty())
		g.Expect(told(meshStatus(g).Conditions)).To(And(
			HaveKeyWithValue(v1alpha1.ConditionAccepted, "True KindsMissing"), HaveKeyWithValue(v1alpha1.ConditionReady, "True Ready")))
		g.Expect(seen(g)).To(Equal(map[string]uint32{reviews: 100}))
	})

	install(t, envtest.CRDInstallOptions{Paths: []string{routeCRD(t)}})
	route := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(lateRoute), &route.Object); err != nil {
		t.Fatal(err)
	}
	route.SetNamespace(home)
	create(t, route)
	await(t, "the proxy to have got the route", func(g Gomega) {
		g.Expect(seen(g)).To(Equal(map[string]uint32{reviews: 75, stock: 25}))
	})
	await(t, "the Mesh to say that the route is applied", func(g Gomega) {
		g.Expect(meshStatus(g).Routes).To(ConsistOf(v1alpha1.RouteStatus{
			Namespace: home, Name: "split", Generation: 1,
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
