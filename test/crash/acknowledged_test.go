package crash

import (
	"context"
	"testing"

	. "github.com/onsi/gomega"
	coordination "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
	steps "github.com/weft-mesh/weft/internal/policy"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

// replicas of the operator by the name of the pod, each with its address.
var replicas = map[string]string{"weft-operator-a": "127.0.53.2", "weft-operator-b": "127.0.53.3"}

// What was sent to a proxy does not count before that proxy has said that it applies it, whichever replica it hangs on.
func TestSentIsNotAcknowledged(t *testing.T) {
	reset(t)
	for name, address := range replicas {
		replica := pod(system, name, map[string]string{"app.kubernetes.io/name": "weft-operator"})
		create(t, replica)
		t.Cleanup(func() { remove(t, replica) })
		run(t, replica, address)
		t.Cleanup(start(t, name, address, "").kill)
	}
	create(t, mesh())
	leader, follower := roles(t)
	await(t, "the CA", func(g Gomega) { g.Expect(storedRoot(t)).NotTo(BeEmpty()) })
	for home, silent := range map[string]string{"hangs-on-leader": leader, "hangs-on-follower": follower} {
		t.Run("Policy "+home, func(t *testing.T) { withheldPolicy(t, newFront(t, "policy-"+home, leader, follower), silent) })
		t.Run("refusal "+home, func(t *testing.T) { refusedPolicy(t, newFront(t, "refusal-"+home, leader, follower), silent) })
		t.Run("Canary "+home, func(t *testing.T) { withheldCanary(t, newFront(t, "canary-"+home, leader, follower), silent) })
	}
}

func roles(t *testing.T) (leader, follower string) {
	t.Helper()
	await(t, "a leader", func(g Gomega) {
		l := &coordination.Lease{}
		g.Expect(api.Get(t.Context(), client.ObjectKey{Namespace: system, Name: lease}, l)).To(Succeed())
		g.Expect(l.Spec.HolderIdentity).NotTo(BeNil())
		leader = replicas[*l.Spec.HolderIdentity]
		g.Expect(leader).NotTo(BeEmpty())
	})
	for _, address := range replicas {
		if address != leader {
			follower = address
		}
	}
	return leader, follower
}

// front is a namespace with a workload of two pods. Each has its proxy on another replica, here by its address.
type front struct {
	home    string
	pods    map[string]*corev1.Pod
	proxies map[string]*proxy
}

func newFront(t *testing.T, home string, addresses ...string) front {
	t.Helper()
	f := front{home, map[string]*corev1.Pod{}, map[string]*proxy{}}
	create(t, namespace(home, nil), &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: home, Name: "default"}})
	create(t, service(home, "reviews", map[string]string{"app": "reviews"}), meshed(pod(home, "stock", nil), "stock"))
	for i, version := range []string{"v1", "v2"} {
		p := pod(home, "reviews-"+version, map[string]string{"app": "reviews", "version": version, "pod-template-hash": version})
		create(t, p)
		if i == 0 {
			run(t, p, "10.9.0.1")
		}
	}
	for i, address := range addresses {
		p := meshed(pod(home, []string{"front-0", "front-1"}[i], nil), "front")
		create(t, p)
		run(t, p, []string{"10.9.1.1", "10.9.1.2"}[i])
		f.pods[address] = p
	}
	join(t, home)
	for address, p := range f.pods {
		f.proxies[address] = connectProxy(t, p, address)
	}
	t.Cleanup(func() {
		for _, p := range f.pods {
			remove(t, p)
		}
	})
	f.calm(t)
	return f
}

// calm awaits that all proxies have applied all that there is. The Mesh counts those of this test only: each takes its
// pods away.
func (f front) calm(t *testing.T) {
	t.Helper()
	await(t, "all proxies to be up to date", func(g Gomega) {
		m := mesh()
		g.Expect(api.Get(t.Context(), client.ObjectKeyFromObject(m), m)).To(Succeed())
		g.Expect(m.Status.Proxies).NotTo(BeNil())
		g.Expect(m.Status.Proxies.Total).To(BeEquivalentTo(len(f.pods)))
		g.Expect(m.Status.Proxies.Pending).To(BeEmpty())
		g.Expect(m.Status.Proxies.Acknowledged).To(BeEquivalentTo(len(f.pods)))
	})
}

func withheldPolicy(t *testing.T, f front, silent string) {
	f.proxies[silent].withhold(xds.FilterType, xds.ListenerType)
	p := policy(f.home, "front", "front", "web")
	create(t, p)
	held := func(g Gomega) {
		g.Expect(api.Get(t.Context(), client.ObjectKeyFromObject(p), p)).To(Succeed())
		g.Expect(p.Status.Position).NotTo(BeNil())
		g.Expect(p.Status.Position.Step).To(Equal(steps.ApplyEnvoy))
		f.oneMissing(g, p.Status.Proxies, silent)
		g.Expect(p.Status.Position.WaitingFor).To(ContainSubstring(f.pods[silent].Name))
	}
	f.stays(t, silent, held)
	remove(t, f.pods[silent])
	settled(t, p)
}

func withheldCanary(t *testing.T, f front, silent string) {
	c := canary(f.home, "reviews")
	create(t, c)
	weight := func(g Gomega, desired int) {
		g.Expect(api.Get(t.Context(), client.ObjectKeyFromObject(c), c)).To(Succeed())
		g.Expect(c.Status.Weight).NotTo(BeNil())
		g.Expect(c.Status.Weight.Desired).To(BeEquivalentTo(desired), "%s", c.Status.Message)
	}
	await(t, "weight 0 to be acknowledged by all", func(g Gomega) {
		weight(g, 0)
		g.Expect(c.Status.AcknowledgedAt).NotTo(BeNil())
	})
	f.calm(t)
	f.proxies[silent].withhold(xds.RouteType)
	next := &corev1.Pod{}
	if err := api.Get(t.Context(), client.ObjectKey{Namespace: f.home, Name: "reviews-v2"}, next); err != nil {
		t.Fatal(err)
	}
	run(t, next, "10.9.0.2")
	held := func(g Gomega) {
		weight(g, 50)
		g.Expect(c.Status.Weight.Acknowledged).To(BeZero())
		g.Expect(c.Status.AcknowledgedAt).To(BeNil())
		f.oneMissing(g, c.Status.Proxies, silent)
		g.Expect(c.Status.Message).To(ContainSubstring(f.pods[silent].Name))
	}
	f.stays(t, silent, held)
	remove(t, f.pods[silent])
	await(t, "the Canary to be promoted", func(g Gomega) {
		weight(g, 100)
		g.Expect(c.Status.Phase).To(Equal(v1alpha1.CanaryPromoted))
	})
}

func (f front) oneMissing(g Gomega, a *v1alpha1.Acknowledgement, silent string) {
	g.Expect(a).NotTo(BeNil())
	g.Expect(*a).To(Equal(v1alpha1.Acknowledgement{
		Acknowledged: 1, Total: 2, Pending: []string{f.home + "/" + f.pods[silent].Name},
	}))
}

// stays checks that an object is held up by the silent proxy, which has got its part, and that it is still when
// another one, which needs no proxy, has begun and gone through all of its steps on the same leader.
func (f front) stays(t *testing.T, silent string, held func(Gomega)) {
	t.Helper()
	await(t, "the silent proxy to be named", held)
	await(t, "the silent proxy to have got it", func(g Gomega) { g.Expect(f.proxies[silent].unanswered()).To(BeNumerically(">", 0)) })
	marker := policy(f.home, "stock", "stock", "web")
	create(t, marker)
	settled(t, marker)
	held(NewWithT(t))
}

func remove(t *testing.T, p *corev1.Pod) {
	t.Helper()
	if err := client.IgnoreNotFound(api.Delete(context.Background(), p, client.GracePeriodSeconds(0))); err != nil {
		t.Error(err)
	}
}
