package crash

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A proxy prefers the pods of its node's zone when the Service asks for it, and hears of a label that a node gets later.
func TestNearPods(t *testing.T) {
	reset(t)
	const address = "127.0.53.1"
	home := "near-" + strings.ToLower(rand.Text())
	nodes := map[string]*corev1.Node{}
	for _, zone := range []string{"one", "two"} {
		n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: home + "-" + zone, Labels: map[string]string{corev1.LabelTopologyZone: zone}}}
		create(t, n)
		t.Cleanup(func() {
			if err := api.Delete(context.Background(), n); err != nil {
				t.Error(err)
			}
		})
		nodes[zone] = n
	}
	alone(t, "weft-operator-0", address)
	stock := service(home, "stock", map[string]string{"app": "stock"})
	create(t, namespace(home, nil), &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: home, Name: "default"}}, stock)
	on := func(zone string, p *corev1.Pod, address string) *corev1.Pod {
		p.Spec.NodeName = nodes[zone].Name
		create(t, p)
		run(t, p, address)
		t.Cleanup(func() { remove(t, p) })
		return p
	}
	on("one", pod(home, "stock-1", map[string]string{"app": "stock"}), "10.9.2.1")
	on("two", pod(home, "stock-2", map[string]string{"app": "stock"}), "10.9.2.2")
	front := on("two", meshed(pod(home, "front", nil), "front"), "10.9.1.1")
	join(t, home)
	proxy := connectProxy(t, front, address)
	levels := func(want ...string) {
		t.Helper()
		await(t, "the proxy to have "+strings.Join(want, ", then "), func(g Gomega) {
			proxy.mu.Lock()
			defer proxy.mu.Unlock()
			g.Expect(proxy.levels[home+"/stock/80"]).To(Equal(want))
		})
	}
	levels("10.9.2.1:8080 10.9.2.2:8080")

	wish := corev1.ServiceTrafficDistributionPreferSameZone
	stock.Spec.TrafficDistribution = &wish
	if err := api.Update(t.Context(), stock); err != nil {
		t.Fatal(err)
	}
	levels("10.9.2.2:8080", "10.9.2.1:8080")
	nodes["one"].Labels[corev1.LabelTopologyZone] = "two"
	if err := api.Update(t.Context(), nodes["one"]); err != nil {
		t.Fatal(err)
	}
	levels("10.9.2.1:8080 10.9.2.2:8080")
}
