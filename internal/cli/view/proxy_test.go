package view

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

func TestProxyState(t *testing.T) {
	counts := func(acknowledged, total int32, edit func(*v1alpha1.Acknowledgement)) *v1alpha1.Mesh {
		a := &v1alpha1.Acknowledgement{Acknowledged: acknowledged, Total: total}
		edit(a)
		return &v1alpha1.Mesh{Status: v1alpha1.MeshStatus{Proxies: a}}
	}
	all := counts(3, 3, func(*v1alpha1.Acknowledgement) {})
	for reason, c := range map[string]struct {
		mesh *v1alpha1.Mesh
		edit func(*corev1.Pod)
		want string
	}{
		"all are":             {all, nil, "up to date"},
		"another waits":       {counts(2, 3, func(a *v1alpha1.Acknowledgement) { a.Pending = []string{"shop/web-2"} }), nil, "up to date"},
		"it waits":            {counts(2, 3, func(a *v1alpha1.Acknowledgement) { a.Pending = []string{"shop/web"} }), nil, "waiting"},
		"others, not named":   {counts(0, 3, func(a *v1alpha1.Acknowledgement) { a.Pending = []string{"shop/web-2"} }), nil, "unknown: more wait than the Mesh names"},
		"it refuses":          {counts(2, 3, func(a *v1alpha1.Acknowledgement) { a.Rejected = []v1alpha1.Rejection{{Pod: "shop/web", Reason: "no"}} }), nil, "rejected: no"},
		"no Mesh":             {nil, nil, "unknown: no Mesh counts it"},
		"a Mesh that is new":  {&v1alpha1.Mesh{}, nil, "unknown: no Mesh counts it"},
		"it ends":             {all, func(p *corev1.Pod) { p.DeletionTimestamp = &metav1.Time{} }, "terminating"},
		"it has not started":  {all, func(p *corev1.Pod) { p.Status.Phase = corev1.PodPending }, "not running: it has not started"},
		"it runs, the pod no": {all, func(p *corev1.Pod) { p.Status.Phase = corev1.PodFailed; p.Status.InitContainerStatuses = running() }, "not running: pod is Failed"},
	} {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"}, Status: corev1.PodStatus{Phase: corev1.PodRunning}}
		if c.edit != nil {
			c.edit(pod)
		}
		if got := proxy(pod, c.mesh); got != c.want {
			t.Errorf("%s: %q, want %q", reason, got, c.want)
		}
	}
}

func running() []corev1.ContainerStatus {
	return []corev1.ContainerStatus{{Name: v1alpha1.ContainerProxy, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}}
}

func TestScopeInAList(t *testing.T) {
	mesh := func(services, budget int32) *v1alpha1.Mesh {
		return &v1alpha1.Mesh{Status: v1alpha1.MeshStatus{
			Effective: &v1alpha1.EffectiveMesh{ScopeBudget: budget}, Scope: &v1alpha1.ScopeStatus{Services: services},
		}}
	}
	for reason, c := range map[string]struct {
		mesh     *v1alpha1.Mesh
		outdated bool
		want     string
	}{
		"no Mesh":                   {nil, false, "unknown"},
		"a Mesh that is new":        {&v1alpha1.Mesh{}, false, "unknown"},
		"up to the budget":          {mesh(300, 300), false, "whole mesh"},
		"whatever the pods":         {mesh(300, 300), true, "whole mesh"},
		"above it":                  {mesh(301, 300), false, "what it needs"},
		"above it with an old pod":  {mesh(301, 300), true, "whole mesh, until all pods of the workload are restarted"},
		"where no budget is enough": {mesh(1, 0), false, "what it needs"},
	} {
		if got := scope(c.mesh, c.outdated); got != c.want {
			t.Errorf("%s: %q, want %q", reason, got, c.want)
		}
	}
}
