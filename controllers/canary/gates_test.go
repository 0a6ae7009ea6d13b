package canary

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	kubernetes "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/apply"
	"github.com/weft-mesh/weft/internal/hold"
	"github.com/weft-mesh/weft/internal/leader"
	"github.com/weft-mesh/weft/internal/observe"
)

// A pod that waits is released when no Canary holds its Deployment, and only then. A ReplicaSet that this replica has not
// seen yet is looked up, not taken for one that is gone.
func TestOnlyPodsOfNobodyAreReleased(t *testing.T) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{kubernetes.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	held, free := heldBy("reviews"), heldBy("ratings")
	unseen := heldBy("details")
	canaries := []client.Object{canaryFor("reviews"), canaryFor("details")}
	pods := map[string]bool{"of-reviews": false, "of-ratings": true, "of-details": false, "of-a-set-that-is-gone": true}
	objects := append(canaries, held, free)
	for name, set := range map[string]*appsv1.ReplicaSet{"of-reviews": held, "of-ratings": free, "of-details": unseen, "of-a-set-that-is-gone": heldBy("gone")} {
		objects = append(objects, waitingPod(name, set))
	}
	cache := fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).WithStatusSubresource(&corev1.Pod{}).Build()
	server := fake.NewClientBuilder().WithScheme(scheme).WithObjects(held, free, unseen).Build()
	term := &leader.Term{}
	g := &Gates{Reader: cache, Hold: observe.Hold{Reader: cache, Now: server}, Writer: apply.NewWriter(cache), Term: term}

	look := func() {
		t.Helper()
		if _, err := g.Reconcile(t.Context(), reconcile.Request{}); err != nil {
			t.Fatal(err)
		}
	}
	released := func(name string) bool {
		p := &corev1.Pod{}
		if err := cache.Get(t.Context(), client.ObjectKey{Namespace: "shop", Name: name}, p); err != nil {
			t.Fatal(err)
		}
		return !hold.Waiting(p)
	}
	look()
	for name := range pods {
		if released(name) {
			t.Errorf("%s was released by a replica that does not lead", name)
		}
	}
	lead(t, term)
	look()
	for name, want := range pods {
		if got := released(name); got != want {
			t.Errorf("%s: released %v, want %v", name, got, want)
		}
	}
	if err := cache.Delete(t.Context(), canaries[0]); err != nil {
		t.Fatal(err)
	}
	look()
	if !released("of-reviews") {
		t.Error("its Canary is gone, and it still waits")
	}
}

func lead(t *testing.T, term *leader.Term) {
	t.Helper()
	begun := make(chan struct{})
	term.OnBegin(func() { close(begun) })
	go term.Lead(t.Context())
	<-begun
}

func heldBy(deployment string) *appsv1.ReplicaSet {
	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: deployment, UID: types.UID(deployment)}}
	return &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{
		Namespace: "shop", Name: deployment + "-1", UID: types.UID(deployment + "-1"),
		OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(d, appsv1.SchemeGroupVersion.WithKind("Deployment"))},
	}}
}

func waitingPod(name string, set *appsv1.ReplicaSet) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		Namespace: "shop", Name: name, UID: types.UID(name),
		OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(set, appsv1.SchemeGroupVersion.WithKind("ReplicaSet"))},
	}}
	p.Spec.ReadinessGates = []corev1.PodReadinessGate{{ConditionType: hold.Gate}}
	return p
}

func canaryFor(deployment string) *v1alpha1.Canary {
	c := &v1alpha1.Canary{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: deployment}}
	c.Spec.TargetRef = &v1alpha1.WorkloadReference{Kind: v1alpha1.KindDeployment, Name: deployment}
	return c
}
