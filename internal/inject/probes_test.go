package inject

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
)

func TestProbesReachTheAgent(t *testing.T) {
	pod := examplePod()
	pod.Spec.Containers[0].ReadinessProbe.TimeoutSeconds = 3
	pod.Spec.Containers[0].ReadinessProbe.HTTPGet.HTTPHeaders = []corev1.HTTPHeader{{Name: "X-From", Value: "$(HOST)"}}
	pod.Spec.Containers[0].StartupProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{Exec: &corev1.ExecAction{Command: []string{"true"}}}}
	after := injected(t, pod)

	const want = `{"/probe/cart/liveness":{"tcpSocket":{"port":8080},"timeoutSeconds":1},` +
		`"/probe/cart/readiness":{"httpGet":{"port":8080,"path":"/ready","scheme":"HTTP",` +
		`"headers":[{"name":"X-From","value":"\u0024(HOST)"}]},"timeoutSeconds":3}}`
	if diff := cmp.Diff(want, variable(after.Spec.InitContainers[1], EnvProbes)); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
	cart := after.Spec.Containers[0]
	if cart.ReadinessProbe.FailureThreshold != 2 || cart.ReadinessProbe.TimeoutSeconds != 3 {
		t.Errorf("thresholds and times changed: %+v", cart.ReadinessProbe)
	}
	if cart.StartupProbe.Exec == nil {
		t.Errorf("a probe that runs a command was rewritten: %+v", cart.StartupProbe)
	}
}

// A later webhook gives a container another probe, or another name: the agent is told of what is there now.
func TestProbesFollowTheContainer(t *testing.T) {
	pod := injected(t, examplePod())
	pod.Spec.Containers[0].Name = "basket"
	pod.Spec.Containers[0].LivenessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{GRPC: &corev1.GRPCAction{Port: 9000}}}
	want := Probes{
		"/probe/basket/readiness": {HTTPGet: &HTTPGet{Port: 8080, Path: "/ready", Scheme: "HTTP"}, TimeoutSeconds: 1},
		"/probe/basket/liveness":  {GRPC: &GRPC{Port: 9000}, TimeoutSeconds: 1},
	}
	if diff := cmp.Diff(want, recorded(injected(t, pod))); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
}

func variable(c corev1.Container, name string) string {
	for _, e := range c.Env {
		if e.Name == name {
			return e.Value
		}
	}
	return ""
}
