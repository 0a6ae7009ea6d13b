package crash

import (
	"testing"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/hold"
)

// heldRollout is one that needs each of the writes of a held rollout: the stable ReplicaSet lacks a pod, a pod of it waits,
// the new one could not make a pod, and there is a pod too many of a version that was overtaken.
func heldRollout(t *testing.T, home string) {
	t.Helper()
	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: home, Name: "held"}}
	labels := map[string]string{"app": "held"}
	d.Spec.Replicas, d.Spec.Selector, d.Spec.Template = new(int32(2)), &metav1.LabelSelector{MatchLabels: labels}, heldTemplate("v2")
	create(t, service(home, "held", labels), d)
	for hash, replicas := range map[string]int32{"v0": 0, "v1": 1, "v2": 3} {
		set := heldSet(d, hash, replicas)
		create(t, set)
		for _, name := range map[string][]string{"v0": {"held-v0-a", "held-v0-b", "held-v0-c"}, "v1": {"held-v1-a"}}[hash] {
			p := pod(home, name, set.Labels)
			p.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(set, appsv1.SchemeGroupVersion.WithKind("ReplicaSet"))}
			p.Spec.ReadinessGates = []corev1.PodReadinessGate{{ConditionType: hold.Gate}}
			create(t, p)
		}
		set.Status.Conditions = []appsv1.ReplicaSetCondition{{Type: appsv1.ReplicaSetReplicaFailure, Status: corev1.ConditionTrue}}
		if err := api.Status().Update(t.Context(), set); err != nil {
			t.Fatal(err)
		}
	}
	c := canary(home, "held")
	c.Spec.Workloads, c.Spec.TargetRef = nil, &v1alpha1.WorkloadReference{Kind: v1alpha1.KindDeployment, Name: "held"}
	create(t, c)
	c.Status.Hold = &v1alpha1.CanaryHold{DeploymentUID: string(d.UID), StableHashes: []string{"v1"}}
	if err := api.Status().Update(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

func heldTemplate(image string) corev1.PodTemplateSpec {
	c := container("app")
	c.Image = image
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "held"}}, Spec: corev1.PodSpec{Containers: []corev1.Container{c}},
	}
}

func heldSet(d *appsv1.Deployment, hash string, replicas int32) *appsv1.ReplicaSet {
	set := &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{
		Namespace: d.Namespace, Name: "held-" + hash, Labels: map[string]string{"app": "held", appsv1.DefaultDeploymentUniqueLabelKey: hash},
		OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(d, appsv1.SchemeGroupVersion.WithKind("Deployment"))},
	}}
	set.Spec.Replicas, set.Spec.Template = &replicas, heldTemplate(hash)
	set.Spec.Template.Labels, set.Spec.Selector = set.Labels, &metav1.LabelSelector{MatchLabels: set.Labels}
	return set
}

// heldWritten awaits the writes.
func heldWritten(t *testing.T, home string) {
	t.Helper()
	await(t, "the writes of the held rollout", func(g Gomega) {
		stable, next, released := &appsv1.ReplicaSet{}, &appsv1.ReplicaSet{}, &corev1.Pod{}
		for name, o := range map[string]client.Object{"held-v1": stable, "held-v2": next, "held-v1-a": released} {
			g.Expect(api.Get(t.Context(), client.ObjectKey{Namespace: home, Name: name}, o)).To(Succeed())
		}
		g.Expect(*stable.Spec.Replicas).To(BeEquivalentTo(2))
		g.Expect(next.Annotations).To(HaveKey(v1alpha1.AnnotationPoked))
		g.Expect(hold.Waiting(released)).To(BeFalse())
		var left corev1.PodList
		g.Expect(api.List(t.Context(), &left, client.InNamespace(home), client.MatchingLabels{appsv1.DefaultDeploymentUniqueLabelKey: "v0"})).To(Succeed())
		g.Expect(left.Items).To(HaveLen(2), "a step of 50 % needs two")
	})
}
