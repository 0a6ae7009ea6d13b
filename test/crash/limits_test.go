package crash

import (
	"crypto/rand"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	discovery "k8s.io/api/discovery/v1"
	networking "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// limited bounds the connections to the Service payments.
func limited(home, name string, connections int32) *v1alpha1.Policy {
	return &v1alpha1.Policy{
		ObjectMeta: metav1.ObjectMeta{Namespace: home, Name: name},
		Spec: v1alpha1.PolicySpec{Limits: &v1alpha1.PolicyLimits{
			Services: []string{"payments"}, Limits: v1alpha1.Limits{MaxConnections: &connections},
		}},
	}
}

// An outside host and its limits reach the proxies from the objects that a user writes, and leave with them. The limits
// make no NetworkPolicy: they refuse nobody.
func TestLimitsOfAnOutsideHost(t *testing.T) {
	reset(t)
	const address = "127.0.53.1"
	alone(t, "weft-operator-0", address)
	home := "limits-" + strings.ToLower(rand.Text())
	front := newFront(t, home, address)
	proxy := front.proxies[address]
	payments := home + "/payments/80"
	port, name := int32(8443), "http"
	addresses := &discovery.EndpointSlice{
		ObjectMeta:  metav1.ObjectMeta{Namespace: home, Name: "payments-1", Labels: map[string]string{discovery.LabelServiceName: "payments"}},
		AddressType: discovery.AddressTypeIPv4,
		Ports:       []discovery.EndpointPort{{Name: &name, Port: &port}},
		Endpoints:   []discovery.Endpoint{{Addresses: []string{"192.0.2.1"}}},
	}
	create(t, service(home, "payments", nil), addresses)
	hasAddress := func(want string) {
		t.Helper()
		await(t, "the proxy to have "+want, func(g Gomega) {
			proxy.mu.Lock()
			defer proxy.mu.Unlock()
			g.Expect(proxy.endpoints[payments]).To(Equal([]string{want}))
		})
	}
	hasLimit := func(want uint32) {
		t.Helper()
		await(t, "the proxy to have the limit", func(g Gomega) {
			proxy.mu.Lock()
			defer proxy.mu.Unlock()
			g.Expect(proxy.clusters).To(HaveKey(payments))
			g.Expect(proxy.clusters[payments].CircuitBreakers.Thresholds[0].MaxConnections.GetValue()).To(Equal(want))
		})
	}
	hasAddress("192.0.2.1:8443")
	hasLimit(10_000)
	addresses.Endpoints[0].Addresses[0] = "192.0.2.2"
	if err := api.Update(t.Context(), addresses); err != nil {
		t.Fatal(err)
	}
	hasAddress("192.0.2.2:8443")

	p := limited(home, "payments", 1)
	create(t, p)
	settled(t, p)
	hasLimit(1)
	g := NewWithT(t)
	g.Expect(p.Status.Services).To(Equal([]string{"payments"}))
	g.Expect(p.Status.Proxies).To(Equal(&v1alpha1.Acknowledgement{Acknowledged: 1, Total: 1}))
	var made networking.NetworkPolicyList
	g.Expect(api.List(t.Context(), &made, client.InNamespace(home))).To(Succeed())
	g.Expect(made.Items).To(BeEmpty())

	other := limited(home, "younger", 2) // of one second the first name counts as older
	create(t, other)
	await(t, "the younger Policy to be refused", func(g Gomega) {
		g.Expect(api.Get(t.Context(), client.ObjectKeyFromObject(other), other)).To(Succeed())
		g.Expect(told(other.Status.Conditions)).To(HaveKeyWithValue(v1alpha1.ConditionStalled, "True Conflict"))
	})
	hasLimit(1)
	for _, gone := range []*v1alpha1.Policy{other, p} {
		if err := api.Delete(t.Context(), gone); err != nil {
			t.Fatal(err)
		}
		await(t, "the Policy to be gone", func(g Gomega) {
			g.Expect(apierrors.IsNotFound(api.Get(t.Context(), client.ObjectKeyFromObject(gone), gone))).To(BeTrue())
		})
	}
	hasLimit(10_000)
}
