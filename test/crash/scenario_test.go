package crash

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

const (
	patience = 40 * time.Second
	interval = 50 * time.Millisecond
)

// scenario makes the operator write all that it ever writes. Home stays in the mesh; guest leaves it. A pod that has not
// started makes its workload known, and nobody waits for its proxy.
func scenario(t *testing.T, home, guest string) {
	t.Helper()
	reviews, caller := service(home, "reviews", map[string]string{"app": "reviews"}), meshed(pod(guest, "caller", nil), "caller")
	create(t, namespace(home, nil), namespace(guest, nil), reviews, caller)
	create(t, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: guest, Name: caller.Spec.ServiceAccountName}})
	create(t, meshed(pod(home, "cart", nil), "cart"), meshed(pod(home, "stock", nil), "stock"))
	for version, address := range map[string]string{"v1": "10.9.0.1", "v2": "10.9.0.2"} {
		p := pod(home, "reviews-"+version, map[string]string{"app": "reviews", "version": version, "pod-template-hash": version})
		create(t, p)
		run(t, p, address)
	}
	heldRollout(t, home)
	join(t, home)
	join(t, guest)
	kept, dropped, release := policy(home, "kept", "cart", "web"), policy(home, "dropped", "stock", "web"), canary(home, "reviews")
	release.Spec.Analysis = &v1alpha1.CanaryAnalysis{Metrics: []v1alpha1.CanaryMetric{{Name: "tests", Job: &v1alpha1.JobMetric{CronJob: "tests"}}}}
	create(t, mesh(), kept, dropped, testsOf(home), release)
	settled(t, kept)
	settled(t, dropped)
	runTests(t, home)
	await(t, "the Canary to be promoted", func(g Gomega) {
		g.Expect(api.Get(t.Context(), client.ObjectKeyFromObject(release), release)).To(Succeed())
		g.Expect(release.Status.Phase).To(Equal(v1alpha1.CanaryPromoted), "%s", release.Status.Message)
	})
	trusted(t, guest, true)
	called(t, caller, reviews)

	edit(t, kept, func() { kept.Spec = policy(home, "kept", "cart", "mobile").Spec })
	if err := api.Delete(t.Context(), dropped); err != nil {
		t.Fatal(err)
	}
	leave(t, guest)
	settled(t, kept)
	await(t, "the deleted Policy to be gone", func(g Gomega) {
		g.Expect(apierrors.IsNotFound(api.Get(t.Context(), client.ObjectKeyFromObject(dropped), dropped))).To(BeTrue())
	})
	trusted(t, guest, false)
	await(t, "the calls of the namespace that has left to be gone", func(g Gomega) {
		g.Expect(apierrors.IsNotFound(api.Get(t.Context(), booked(guest), &corev1.ConfigMap{}))).To(BeTrue())
	})
	trusted(t, home, true)
	await(t, "the NetworkPolicy of the deleted Policy to be gone", func(g Gomega) {
		var all networking.NetworkPolicyList
		g.Expect(api.List(t.Context(), &all, client.InNamespace(home))).To(Succeed())
		g.Expect(all.Items).To(HaveLen(1))
	})
	heldWritten(t, home)
	await(t, "the Mesh to be reported", func(g Gomega) {
		m := mesh()
		g.Expect(api.Get(t.Context(), client.ObjectKeyFromObject(m), m)).To(Succeed())
		g.Expect(m.Status.Conditions).NotTo(BeEmpty())
	})
}

func await(t *testing.T, what string, check func(Gomega)) {
	t.Helper()
	NewWithT(t).Eventually(t.Context(), check, patience, interval).Should(Succeed(), what)
}

// observer awaits what the status of a Canary is to say.
func observer(t *testing.T, c *v1alpha1.Canary) func(what string, check func(Gomega, v1alpha1.CanaryStatus)) {
	return func(what string, check func(Gomega, v1alpha1.CanaryStatus)) {
		t.Helper()
		await(t, what, func(g Gomega) {
			g.Expect(api.Get(t.Context(), client.ObjectKeyFromObject(c), c)).To(Succeed())
			check(g, c.Status)
		})
	}
}

// settled awaits that a Policy is in force as its spec says.
func settled(t *testing.T, p *v1alpha1.Policy) {
	t.Helper()
	await(t, "the Policy "+p.Name+" to settle", func(g Gomega) {
		g.Expect(api.Get(t.Context(), client.ObjectKeyFromObject(p), p)).To(Succeed())
		ready := meta.FindStatusCondition(p.Status.Conditions, v1alpha1.ConditionReady)
		g.Expect(ready).NotTo(BeNil())
		g.Expect(ready.ObservedGeneration).To(Equal(p.Generation))
		g.Expect(string(ready.Status)).To(Equal("True"), "%s", ready.Message)
	})
}

// trusted awaits that a namespace has the roots of the mesh, or has not.
func trusted(t *testing.T, home string, want bool) {
	t.Helper()
	await(t, "the roots of namespace "+home, func(g Gomega) {
		err := api.Get(t.Context(), client.ObjectKey{Namespace: home, Name: v1alpha1.TrustConfigMap}, &corev1.ConfigMap{})
		g.Expect(client.IgnoreNotFound(err)).To(Succeed())
		g.Expect(err == nil).To(Equal(want))
	})
}

// edit changes an object of ours, and again if the operator has written it meanwhile.
func edit(t *testing.T, object client.Object, change func()) {
	t.Helper()
	await(t, "the edit", func(g Gomega) {
		g.Expect(api.Get(t.Context(), client.ObjectKeyFromObject(object), object)).To(Succeed())
		change()
		g.Expect(api.Update(t.Context(), object)).To(Succeed())
	})
}

// called has the proxy of a pod ask for a Service as it does for a first call, until that is stored. Operators that die are
// asked again when they are back.
func called(t *testing.T, from *corev1.Pod, to *corev1.Service) {
	t.Helper()
	var asks *proxy
	await(t, "the call to be stored", func(g Gomega) {
		if asks == nil || asks.left() {
			asks = connectProxy(t, from, address)
			asks.call(to.Spec.ClusterIP)
		}
		book := &corev1.ConfigMap{}
		g.Expect(api.Get(t.Context(), booked(from.Namespace), book)).To(Succeed())
		g.Expect(book.Data[v1alpha1.ScopeKey]).To(HavePrefix("caller@default " + to.Namespace + "/" + to.Name + " "))
	})
}

func booked(namespace string) client.ObjectKey {
	return client.ObjectKey{Namespace: system, Name: v1alpha1.ScopePrefix + namespace}
}
