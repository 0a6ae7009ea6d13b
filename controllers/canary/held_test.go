package canary

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/controllers/mesh"
	"github.com/weft-mesh/weft/internal/hold"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/rollout"
	"github.com/weft-mesh/weft/internal/snapshot"
)

// The pods of both versions are those behind the Service; one that waits counts for the new version, and what is neither
// ready nor judged counts for none.
func TestWhatAHeldRolloutTellsADecision(t *testing.T) {
	d, s, c := heldShop()
	look := hold.Input{Deployment: d, Pods: s.Pods, State: hold.StateOf(c), Run: hold.RunOf(c)}
	for _, hash := range []string{"h1", "h2", "h3"} {
		look.Sets = append(look.Sets, setOf(d, hash))
	}
	in := rollout.Input{Canary: c}
	inputHeld(&in, hold.Look(look), &mesh.State{Snapshot: s, Model: model.Build(s)}, hold.Around{})
	if in.Conflict != "" || in.Revision != "h2" || in.CanaryPods != 1 {
		t.Errorf("%+v", in)
	}
	if diff := cmp.Diff(rollout.Serving{Stable: 2, Canary: 1, NextStable: 2}, in.Serving); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(rollout.PodNames{Stable: []string{"a", "b"}, Canary: []string{"c"}}, in.Pods); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"h1"}, in.StableRevisions); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want := map[string]string{"app": "reviews", "pod-template-hash": "h2"}
	if diff := cmp.Diff(want, in.Held.Canary.MatchLabels); diff != "" || in.Held.Stable.MatchLabels["app"] != "reviews" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if h := in.Canary.Status.Hold; h.Admitted != 1 || h.Waiting != 1 || h.StableReady != 2 || c.Status.Hold.Replicas != 0 {
		t.Errorf("%+v; the Canary that came in: %+v", h, c.Status.Hold)
	}
}

// A Deployment that can't be held, or whose pods the Service does not select, is refused with a word for it [D12].
func TestDeploymentsThatAreRefused(t *testing.T) {
	for word, change := range map[string]func(*hold.Input){
		hold.ReasonTargetNotFound:   func(in *hold.Input) { in.Deployment = nil },
		hold.ReasonStrategyRecreate: func(in *hold.Input) { in.Deployment.Spec.Strategy.Type = appsv1.RecreateDeploymentStrategyType },
		hold.ReasonNotBehindService: func(in *hold.Input) { in.Deployment.Spec.Template.Labels = map[string]string{"app": "other"} },
	} {
		d, s, c := heldShop()
		look := hold.Input{Deployment: d, Pods: s.Pods, State: hold.StateOf(c)}
		change(&look)
		in := rollout.Input{Canary: c}
		inputHeld(&in, hold.Look(look), &mesh.State{Snapshot: s, Model: model.Build(s)}, hold.Around{})
		if in.ConflictReason != word || in.Conflict == "" {
			t.Errorf("%s: %q %q", word, in.ConflictReason, in.Conflict)
		}
	}
}

// heldShop has two ready pods of h1, one of h2 that waits, and one of h3 that waits. The Deployment asks for h2.
func heldShop() (*appsv1.Deployment, snapshot.Snapshot, *v1alpha1.Canary) {
	app := map[string]string{"app": "reviews"}
	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "reviews", UID: "d"}}
	d.Spec.Replicas, d.Spec.Template = new(int32(2)), templateOf("h2")
	s := snapshot.Snapshot{
		Namespaces: []*corev1.Namespace{{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}},
		Services: []*corev1.Service{{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "reviews"},
			Spec:       corev1.ServiceSpec{ClusterIP: "10.96.0.1", Selector: app, Ports: []corev1.ServicePort{{Name: "http", Port: 80}}},
		}},
	}
	for i, hash := range []string{"h1", "h1", "h2", "h3"} {
		p := modeltest.Pod("shop", string(rune('a'+i)), map[string]string{"app": "reviews", "pod-template-hash": hash}, i)
		p.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(setOf(d, hash), appsv1.SchemeGroupVersion.WithKind("ReplicaSet"))}
		if hash != "h1" {
			p.Spec.ReadinessGates = []corev1.PodReadinessGate{{ConditionType: hold.Gate}}
			p.Status.Conditions = []corev1.PodCondition{{Type: corev1.ContainersReady, Status: corev1.ConditionTrue}}
		}
		s.Pods = append(s.Pods, p)
	}
	c := canaryFor("reviews")
	c.Spec.Service.Name = "reviews"
	c.Spec.Steps = []v1alpha1.CanaryStep{{Weight: 5}}
	c.Status.Hold = &v1alpha1.CanaryHold{DeploymentUID: "d", StableHashes: []string{"h1"}}
	return d, s, c
}

func templateOf(image string) corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "reviews"}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "it", Image: image}}},
	}
}

func setOf(d *appsv1.Deployment, hash string) *appsv1.ReplicaSet {
	set := &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{
		Namespace: "shop", Name: "reviews-" + hash, UID: types.UID(hash), Labels: map[string]string{"pod-template-hash": hash},
		OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(d, appsv1.SchemeGroupVersion.WithKind("Deployment"))},
	}}
	set.Spec.Template = templateOf(hash)
	return set
}
