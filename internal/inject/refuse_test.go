package inject

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*corev1.Pod)
		field  string // empty: not refused
	}{
		"as it is":        {change: func(*corev1.Pod) {}},
		"reserved port":   {func(p *corev1.Pod) { p.Spec.Containers[0].Ports[0].ContainerPort = 15006 }, "spec.containers[0].ports[0].containerPort"},
		"port beside":     {func(p *corev1.Pod) { p.Spec.Containers[0].Ports[0].ContainerPort = 15007 }, ""},
		"reserved name":   {func(p *corev1.Pod) { p.Spec.InitContainers[0].Name = "weft-proxy" }, "spec.initContainers[0].name"},
		"reserved prefix": {func(p *corev1.Pod) { p.Spec.Containers[0].Name = "weft-mine" }, "spec.containers[0].name"},
		"reserved volume": {func(p *corev1.Pod) { p.Spec.Volumes = []corev1.Volume{{Name: volumeRun}} }, "spec.volumes[0].name"},
		"sidecar's user":  {func(p *corev1.Pod) { runAs(&p.Spec.Containers[0], v1alpha1.ProxyUID) }, "spec.containers[0].securityContext.runAsUser"},
		"other user":      {func(p *corev1.Pod) { runAs(&p.Spec.Containers[0], 1000) }, ""},
		"sidecar's user for all": {func(p *corev1.Pod) {
			p.Spec.SecurityContext = &corev1.PodSecurityContext{RunAsUser: new(v1alpha1.ProxyUID)}
		}, "spec.initContainers[0].securityContext.runAsUser"},
		"sidecar's user overridden": {func(p *corev1.Pod) {
			p.Spec.SecurityContext = &corev1.PodSecurityContext{RunAsUser: new(v1alpha1.ProxyUID)}
			runAs(&p.Spec.InitContainers[0], 1000)
			runAs(&p.Spec.Containers[0], 1000)
		}, ""},
		"mount of the sidecar's token": {func(p *corev1.Pod) {
			p.Spec.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: volumeToken, MountPath: "/t"}}
		}, "spec.containers[0].volumeMounts[0]"},
		"unknown port name": {func(p *corev1.Pod) { p.Spec.Containers[0].Ports[0].Name = "web" }, "spec.containers[0].readinessProbe"},
		"probe to the agent without a record": {func(p *corev1.Pod) {
			p.Spec.Containers[0].ReadinessProbe = throughAgent(p.Spec.Containers[0].ReadinessProbe, "/probe/cart/readiness")
		}, "spec.containers[0].readinessProbe"},
	} {
		t.Run(name, func(t *testing.T) {
			pod := examplePod()
			c.change(pod)
			patch, err := Inject(pod, settings())
			refused, _ := errors.AsType[*Refusal](err)
			switch {
			case c.field == "" && (err != nil || len(patch.Operations) == 0):
				t.Fatalf("not injected: %v", err)
			case c.field != "" && refused == nil:
				t.Fatalf("not refused: %v", err)
			case c.field != "" && refused.Field != c.field:
				t.Fatalf("field %s, want %s: %v", refused.Field, c.field, err)
			}
		})
	}
}

// A webhook that removes the sidecar leaves probes that lead nowhere. The pod must not start like that.
func TestRefusesLostRecord(t *testing.T) {
	pod := injected(t, examplePod())
	pod.Spec.InitContainers = nil
	if _, err := Inject(pod, settings()); err == nil {
		t.Fatal("the pod was taken")
	}
}

func TestSkips(t *testing.T) {
	for name, change := range map[string]func(*corev1.Pod){
		"host network": func(p *corev1.Pod) { p.Spec.HostNetwork = true },
		"opted out":    func(p *corev1.Pod) { p.Labels[v1alpha1.LabelMesh] = v1alpha1.MeshNone },
		"windows":      func(p *corev1.Pod) { p.Spec.OS = &corev1.PodOS{Name: corev1.Windows} },
	} {
		t.Run(name, func(t *testing.T) {
			pod := examplePod()
			change(pod)
			patch, err := Inject(pod, settings())
			if err != nil || patch.Skipped == "" || len(patch.Operations) != 0 {
				t.Fatalf("%v %+v", err, patch)
			}
		})
	}
}

func TestWarnings(t *testing.T) {
	if found := warnings(examplePod(), settings()); len(found) != 0 {
		t.Fatalf("warned of nothing: %v", found)
	}
	pod := examplePod()
	pod.Spec.ServiceAccountName = longName
	pod.Spec.TerminationGracePeriodSeconds = new(int64(4))
	pod.Spec.Containers[0].Lifecycle = &corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{HTTPGet: &corev1.HTTPGetAction{}}}
	if found := warnings(pod, settings()); len(found) != 3 {
		t.Fatalf("warnings: %v", found)
	}
}

// A label could only hold a part of a long name, and that part could be another account's name.
func TestLongAccountGetsNoLabel(t *testing.T) {
	pod := examplePod()
	pod.Spec.ServiceAccountName = longName
	pod.Labels[v1alpha1.LabelServiceAccount] = "admin"
	want := map[string]string{"app": "cart", podTemplateHash: "5d8c7b9f4", v1alpha1.LabelWorkload: "cart"}
	if diff := cmp.Diff(want, injected(t, pod).Labels); diff != "" {
		t.Fatal(diff)
	}
}

func runAs(c *corev1.Container, user int64) {
	c.SecurityContext = &corev1.SecurityContext{RunAsUser: &user}
}
