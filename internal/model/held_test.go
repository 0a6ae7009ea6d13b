package model_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/hold"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/snapshot"
)

// Pods that wait for their release serve as the new version, and as nothing else.
func TestWaitingPodsServeTheirOwnVersionOnly(t *testing.T) {
	s := heldWorld(t)
	c := s.Canaries[0]
	for name, want := range map[string]struct {
		change func()
		at     map[string]string // the pods of each cluster
	}{
		"judged": {func() {}, map[string]string{"": "v1 v2", "app=reviews": "v1", "pod-template-hash=h2": "v2"}},
		"weight 0": {
			func() { c.Status.Weight.Desired = 0 },
			map[string]string{"": "v1", "app=reviews": "v1", "pod-template-hash=h2": "v2"},
		},
		"released, and its kubelet has not seen it": {
			func() {
				s.Pods[1].Status.Conditions = append(s.Pods[1].Status.Conditions, corev1.PodCondition{Type: hold.Gate, Status: corev1.ConditionTrue})
			},
			map[string]string{"": "v1 v2", "app=reviews": "v1", "pod-template-hash=h2": "v2"},
		},
		"promoted: what is ready serves": {func() { c.Status.Phase = v1alpha1.CanaryPromoted }, map[string]string{"": "v1"}},
		"two workloads: a gate of somebody else keeps its meaning": {
			func() { c.Status.Hold = nil },
			map[string]string{"": "v1", "app=reviews": "v1", "pod-template-hash=h2": ""},
		},
	} {
		saved, pods := c.Status.DeepCopy(), s.Pods
		s.Pods = nil
		for _, p := range pods {
			s.Pods = append(s.Pods, p.DeepCopy())
		}
		want.change()
		got := map[string]string{}
		for _, e := range model.BuildEndpoints(s, model.Build(s)) {
			var pods []string
			for _, item := range e.Items {
				pods = append(pods, item.Pod)
			}
			got[e.Subset] = strings.Join(pods, " ")
		}
		if diff := cmp.Diff(want.at, got); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", name, diff)
		}
		c.Status, s.Pods = *saved, pods
	}
}

// heldWorld has a stable pod and three that wait: one that is judged, one of another revision, and one whose own gate of
// somebody else is not open yet.
func heldWorld(t *testing.T) snapshot.Snapshot {
	t.Helper()
	s := snapshot.Snapshot{
		Namespaces: []*corev1.Namespace{{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}},
		Services: []*corev1.Service{{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "reviews"},
			Spec: corev1.ServiceSpec{ClusterIP: "10.96.0.1", Selector: map[string]string{"app": "reviews"},
				Ports: []corev1.ServicePort{{Name: "http", Port: 80}}},
		}},
	}
	for i, p := range []struct{ name, hash, other string }{{"v1", "h1", ""}, {"v2", "h2", ""}, {"v3", "h3", ""}, {"v2-other", "h2", "example.com/warm"}} {
		pod := modeltest.Pod("shop", p.name, map[string]string{"app": "reviews", "pod-template-hash": p.hash}, i)
		if p.hash != "h1" {
			pod.Spec.ReadinessGates = []corev1.PodReadinessGate{{ConditionType: hold.Gate}}
			pod.Status.Conditions = []corev1.PodCondition{
				{Type: corev1.PodReady, Status: corev1.ConditionFalse}, {Type: corev1.ContainersReady, Status: corev1.ConditionTrue},
			}
		}
		if p.other != "" {
			pod.Spec.ReadinessGates = append(pod.Spec.ReadinessGates, corev1.PodReadinessGate{ConditionType: corev1.PodConditionType(p.other)})
		}
		s.Pods = append(s.Pods, pod)
	}
	app := map[string]string{"app": "reviews"}
	s.Canaries = []*v1alpha1.Canary{{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "reviews", UID: "c1"},
		Spec: v1alpha1.CanarySpec{
			Service: v1alpha1.ServiceReference{Name: "reviews"}, Steps: []v1alpha1.CanaryStep{{Weight: 20}},
			TargetRef: &v1alpha1.WorkloadReference{Kind: v1alpha1.KindDeployment, Name: "reviews"},
		},
		Status: v1alpha1.CanaryStatus{
			Phase: v1alpha1.CanaryProgressing, Weight: &v1alpha1.CanaryWeight{Desired: 20}, Hold: &v1alpha1.CanaryHold{},
			Run: &v1alpha1.CanaryRun{
				Revision: "h2", Stable: v1alpha1.PodSelector{MatchLabels: app},
				Canary: v1alpha1.PodSelector{MatchLabels: map[string]string{"app": "reviews", "pod-template-hash": "h2"}},
			},
		},
	}}
	return s
}

// What a targetRef can't be [D12].
func TestTargetsThatAreRefused(t *testing.T) {
	s := heldWorld(t)
	younger := s.Canaries[0].DeepCopy()
	younger.Name, younger.Spec.Service.Name = "second", "other"
	younger.CreationTimestamp.Time = younger.CreationTimestamp.AddDate(0, 0, 1)
	s.Canaries = append(s.Canaries, younger)
	m := model.Build(s)
	if f, found := m.FindingFor("Canary", model.Key{Namespace: "shop", Name: "second"}); !found || f.Reason != model.ReasonConflict {
		t.Errorf("a second Canary of a Deployment: %+v", f)
	}
	if f, found := m.FindingFor("Canary", model.Key{Namespace: "shop", Name: "reviews"}); found {
		t.Errorf("the first one: %+v", f)
	}
	for _, kind := range []string{"StatefulSet", "DaemonSet"} {
		s.Canaries[0].Spec.TargetRef.Kind = kind
		if f, _ := model.Build(s).FindingFor("Canary", model.Key{Namespace: "shop", Name: "reviews"}); f.Reason != model.ReasonKindNotHeld {
			t.Errorf("%s: %+v", kind, f)
		}
	}
}
