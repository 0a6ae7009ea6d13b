package canary

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/controllers/mesh"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/rollout"
	"github.com/weft-mesh/weft/internal/snapshot"
)

// Two applications whose pods have the same labels for their versions, as they often do.
func TestOnlyPodsBehindTheServiceCount(t *testing.T) {
	s := snapshot.Snapshot{
		Namespaces: []*corev1.Namespace{{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}},
		Services: []*corev1.Service{{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "reviews"},
			Spec: corev1.ServiceSpec{ClusterIP: "10.96.0.1", Selector: map[string]string{"app": "reviews"},
				Ports: []corev1.ServicePort{{Name: "http", Port: 80}}},
		}},
	}
	for i, p := range []struct{ app, version, label, revision string }{
		{"reviews", "v1", "pod-template-hash", "r1"},
		{"reviews", "v2", "controller-revision-hash", "r2"},
		{"ratings", "v1", "pod-template-hash", "other1"},
		{"ratings", "v2", "pod-template-hash", "other2"},
	} {
		labels := map[string]string{"app": p.app, "version": p.version, p.label: p.revision}
		pod := modeltest.Pod("shop", p.app+p.version, labels, i)
		pod.CreationTimestamp.Time = pod.CreationTimestamp.AddDate(0, 0, i)
		s.Pods = append(s.Pods, pod)
	}
	c := &v1alpha1.Canary{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "reviews"}}
	c.Spec.Service.Name = "reviews"
	c.Spec.Workloads = &v1alpha1.CanaryWorkloads{
		Stable: v1alpha1.PodSelector{MatchLabels: map[string]string{"version": "v1"}},
		Canary: v1alpha1.PodSelector{MatchLabels: map[string]string{"version": "v2"}},
	}
	var got rollout.Input
	countPods(&got, &mesh.State{Snapshot: s, Model: model.Build(s)}, c)
	want := rollout.Input{Revision: "r2", CanaryPods: 1, Serving: rollout.Serving{Stable: 1, NextStable: 1, Canary: 1},
		Pods: rollout.PodNames{Stable: []string{"reviewsv1"}, Canary: []string{"reviewsv2"}}, StableRevisions: []string{"r1"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A pod is as old as itself, not as its containers: one that crashes again and again does not stay young. One that nobody
// knows of is young.
func TestAgeOfPods(t *testing.T) {
	now := metav1.Now()
	var s snapshot.Snapshot
	for i, age := range []time.Duration{time.Minute, 30 * time.Second, 29 * time.Second} {
		pod := modeltest.Pod("shop", strconv.Itoa(i), nil, i)
		pod.Status.StartTime = &metav1.Time{Time: now.Add(-age)}
		pod.Status.ContainerStatuses = []corev1.ContainerStatus{{State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: now}}}}
		s.Pods = append(s.Pods, pod)
	}
	unscheduled := modeltest.Pod("shop", "unscheduled", nil, 3)
	unscheduled.Status.StartTime = nil
	s.Pods = append(s.Pods, unscheduled)
	warm := olderThan(&mesh.State{Snapshot: s}, 30*time.Second, now.Time)
	for i, want := range []bool{true, true, false, false} {
		if got := warm(s.Pods[i].Status.PodIP); got != want {
			t.Errorf("pod %s is warm: %v", s.Pods[i].Name, got)
		}
	}
	if warm("10.255.0.1") {
		t.Error("an address without a pod is warm")
	}
}

// While connections of an old root are drained, what happens to requests says nothing about a version.
func TestOutcomesAreFrozenWhileARootRetires(t *testing.T) {
	for phase, want := range map[string]bool{"": false, v1alpha1.CertificatesSteady: false, v1alpha1.CertificatesRetire: true} {
		m := &v1alpha1.Mesh{}
		if phase != "" {
			m.Status.Certificates = &v1alpha1.CertificateStatus{Phase: phase}
		}
		var in rollout.Input
		if fromMesh(&in, m); in.Frozen != want {
			t.Errorf("phase %q: frozen is %v", phase, in.Frozen)
		}
	}
}
