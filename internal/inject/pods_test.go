package inject

import (
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// examplePod is one of a Deployment, with a named port, two probes and an init container.
func examplePod() *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace:       "shop",
			GenerateName:    "cart-5d8c7b9f4-",
			Labels:          map[string]string{"app": "cart", podTemplateHash: "5d8c7b9f4"},
			OwnerReferences: []metav1.OwnerReference{{Kind: "ReplicaSet", Name: "cart-5d8c7b9f4", Controller: new(true)}},
		},
		Spec: corev1.PodSpec{
			ServiceAccountName: "cart",
			InitContainers:     []corev1.Container{{Name: "migrate", Image: "example.com/migrate:1"}},
			Containers: []corev1.Container{{
				Name:           "cart",
				Image:          "example.com/cart:1",
				Ports:          []corev1.ContainerPort{{Name: "http", ContainerPort: 8080}},
				ReadinessProbe: &corev1.Probe{ProbeHandler: httpProbe("http", "/ready"), FailureThreshold: 2},
				LivenessProbe:  &corev1.Probe{ProbeHandler: corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromInt32(8080)}}},
			}},
		},
	}
}

func httpProbe(port, path string) corev1.ProbeHandler {
	return corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Port: intstr.FromString(port), Path: path}}
}

// anyPod is a pod that the API server would take, of any shape that matters to injection.
func anyPod(t *rapid.T) *corev1.Pod {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", GenerateName: "cart-"}}
	if rapid.Bool().Draw(t, "labels") {
		pod.Labels = map[string]string{"app": "cart", v1alpha1.LabelServiceAccount: "somebody-else"}
	}
	if rapid.Bool().Draw(t, "annotations") {
		pod.Annotations = map[string]string{"example.com/a~b": "1"}
	}
	if rapid.Bool().Draw(t, "account") {
		pod.Spec.ServiceAccountName = "cart"
	}
	if rapid.Bool().Draw(t, "volumes") {
		pod.Spec.Volumes = []corev1.Volume{{Name: "data"}}
	}
	names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-e]{1,2}`), 1, 5, rapid.ID).Draw(t, "containers")
	inits := rapid.IntRange(0, len(names)-1).Draw(t, "init containers")
	for n, name := range names {
		c := anyContainer(t, name, n < inits)
		if n < inits {
			pod.Spec.InitContainers = append(pod.Spec.InitContainers, c)
		} else {
			pod.Spec.Containers = append(pod.Spec.Containers, c)
		}
	}
	return pod
}

func anyContainer(t *rapid.T, name string, init bool) corev1.Container {
	c := corev1.Container{Name: name, Image: "example.com/" + name}
	if init {
		if !rapid.Bool().Draw(t, name+" sidecar") {
			return c
		}
		c.RestartPolicy = new(corev1.ContainerRestartPolicyAlways)
	}
	if rapid.Bool().Draw(t, name+" ports") {
		c.Ports = []corev1.ContainerPort{{Name: "http", ContainerPort: 8080}}
	}
	c.ReadinessProbe = anyProbe(t, name+" readiness", len(c.Ports) > 0)
	c.LivenessProbe = anyProbe(t, name+" liveness", len(c.Ports) > 0)
	c.StartupProbe = anyProbe(t, name+" startup", len(c.Ports) > 0)
	return c
}

func anyProbe(t *rapid.T, label string, named bool) *corev1.Probe {
	port := intstr.FromInt32(rapid.Int32Range(1, 14999).Draw(t, label+" port"))
	if named && rapid.Bool().Draw(t, label+" named") {
		port = intstr.FromString("http")
	}
	handlers := map[string]corev1.ProbeHandler{
		"http": {HTTPGet: &corev1.HTTPGetAction{Port: port, Path: "/x?$(HOME)", HTTPHeaders: []corev1.HTTPHeader{{Name: "Host", Value: "cart"}}}},
		"away": {HTTPGet: &corev1.HTTPGetAction{Port: port, Path: "/x", Host: "192.0.2.1"}},
		"tcp":  {TCPSocket: &corev1.TCPSocketAction{Port: port}},
		"grpc": {GRPC: &corev1.GRPCAction{Port: port.IntVal, Service: new("health")}},
		"exec": {Exec: &corev1.ExecAction{Command: []string{"true"}}},
	}
	kind := rapid.SampledFrom(append(slices.Sorted(maps.Keys(handlers)), "none")).Draw(t, label)
	if kind == "none" {
		return nil
	}
	return &corev1.Probe{
		ProbeHandler:     handlers[kind],
		TimeoutSeconds:   rapid.Int32Range(0, 5).Draw(t, label+" timeout"),
		FailureThreshold: rapid.Int32Range(1, 5).Draw(t, label+" failures"),
	}
}

// damages are what other webhooks have done to pods with native sidecars.
var damages = map[string]func(*corev1.Pod){
	"restart policy dropped": func(pod *corev1.Pod) {
		for n := range pod.Spec.InitContainers {
			pod.Spec.InitContainers[n].RestartPolicy = nil
		}
	},
	"container put first": func(pod *corev1.Pod) {
		name := fmt.Sprintf("first-%d", len(pod.Spec.InitContainers))
		pod.Spec.InitContainers = append([]corev1.Container{{Name: name, Image: "example.com/first"}}, pod.Spec.InitContainers...)
	},
	"order reversed": func(pod *corev1.Pod) { slices.Reverse(pod.Spec.InitContainers) },
	"container added with a probe": func(pod *corev1.Pod) {
		pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{
			Name:           fmt.Sprintf("added-%d", len(pod.Spec.Containers)),
			ReadinessProbe: &corev1.Probe{ProbeHandler: corev1.ProbeHandler{GRPC: &corev1.GRPCAction{Port: 9000}}},
		})
	},
	"redirection removed": func(pod *corev1.Pod) {
		pod.Spec.InitContainers = slices.DeleteFunc(pod.Spec.InitContainers, func(c corev1.Container) bool {
			return c.Name == v1alpha1.ContainerRedirect
		})
	},
	"proxy among the containers": func(pod *corev1.Pod) {
		for n, c := range pod.Spec.InitContainers {
			if c.Name == v1alpha1.ContainerProxy {
				pod.Spec.InitContainers = slices.Delete(pod.Spec.InitContainers, n, n+1)
				pod.Spec.Containers = append(pod.Spec.Containers, c)
				return
			}
		}
	},
	"proxy there twice": func(pod *corev1.Pod) {
		pod.Spec.InitContainers = append(pod.Spec.InitContainers, pod.Spec.InitContainers...)
		pod.Spec.InitContainers = slices.DeleteFunc(pod.Spec.InitContainers, func(c corev1.Container) bool { return !isContainer(c.Name) })
	},
	"privileged": func(pod *corev1.Pod) {
		for n := range pod.Spec.InitContainers {
			pod.Spec.InitContainers[n].SecurityContext = &corev1.SecurityContext{Privileged: new(true)}
		}
	},
	"labels changed": func(pod *corev1.Pod) { pod.Labels[v1alpha1.LabelServiceAccount] = "admin" },
	"labels removed": func(pod *corev1.Pod) { pod.Labels = map[string]string{"app": "cart"} },
	"volumes removed": func(pod *corev1.Pod) {
		pod.Spec.Volumes = slices.DeleteFunc(pod.Spec.Volumes, func(v corev1.Volume) bool { return isVolume(v.Name) })
	},
	"token for another audience": func(pod *corev1.Pod) {
		for n := range pod.Spec.Volumes {
			if pod.Spec.Volumes[n].Name == volumeToken {
				pod.Spec.Volumes[n].Projected.Sources[0].ServiceAccountToken.Audience = "other"
			}
		}
	},
	"account changed": func(pod *corev1.Pod) { pod.Spec.ServiceAccountName = "other" },
}

func damageNames() []string { return slices.Sorted(maps.Keys(damages)) }

// setDefaults fills in what the API server does after each patch.
func setDefaults(pod *corev1.Pod) {
	for _, list := range containerLists(pod) {
		for n := range list.containers {
			c := &list.containers[n]
			c.TerminationMessagePath, c.TerminationMessagePolicy = "/dev/termination-log", corev1.TerminationMessageReadFile
			c.ImagePullPolicy = corev1.PullIfNotPresent
			for _, p := range []*corev1.Probe{c.ReadinessProbe, c.LivenessProbe, c.StartupProbe} {
				if p != nil {
					p.TimeoutSeconds, p.SuccessThreshold = max(p.TimeoutSeconds, 1), max(p.SuccessThreshold, 1)
					p.PeriodSeconds, p.FailureThreshold = max(p.PeriodSeconds, 1), max(p.FailureThreshold, 1)
				}
			}
		}
	}
}

// addHarmlessly does what a registry mirror, a limit range, an autoscaler and a tracing webhook do to every container.
func addHarmlessly(pod *corev1.Pod) {
	for _, list := range containerLists(pod) {
		for n := range list.containers {
			c := &list.containers[n]
			c.Image = "mirror.example.com/" + c.Image
			c.Resources.Limits = corev1.ResourceList{corev1.ResourceCPU: defaultCPU}
			c.Env = append(c.Env, corev1.EnvVar{Name: "TRACING", Value: "on"})
			c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: "api", MountPath: "/var/run/api"})
		}
	}
}
