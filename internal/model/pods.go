package model

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/snapshot"
)

// Pods lists the live pods with a sidecar, in order. A pod that has not started, has ended or is terminating is not live:
// a proxy that starts later begins with what is current then.
func Pods(s snapshot.Snapshot) []ProxyPod {
	var out []ProxyPod
	x := &index{joined: joinedOf(s)}
	for _, pod := range within(x, s.Pods) {
		if pod.DeletionTimestamp != nil || pod.Status.Phase != corev1.PodRunning || !HasSidecar(pod) {
			continue
		}
		out = append(out, ProxyPod{Key: keyOf(pod), UID: string(pod.UID), Workload: WorkloadOf(pod), Created: pod.CreationTimestamp})
	}
	return out
}

// WorkloadOf names the workload of a pod with a sidecar: LABEL@ACCOUNT, and LABEL alone when both are the same. No label
// holds an @, so two workloads never share a name.
func WorkloadOf(pod *corev1.Pod) Key {
	label, account := pod.Labels[v1alpha1.LabelWorkload], IdentityOf(pod).Account
	if label == account {
		return Key{pod.Namespace, label}
	}
	return Key{pod.Namespace, label + "@" + account}
}

// IdentityOf is the account that a pod runs as.
func IdentityOf(pod *corev1.Pod) Identity {
	return Identity{pod.Namespace, cmp.Or(pod.Spec.ServiceAccountName, "default")}
}

// HasSidecar says whether injection made the pod a part of the mesh: it has a workload and the proxy as a native
// sidecar.
func HasSidecar(pod *corev1.Pod) bool {
	return pod.Labels[v1alpha1.LabelWorkload] != "" && slices.ContainsFunc(pod.Spec.InitContainers, func(c corev1.Container) bool {
		return c.Name == v1alpha1.ContainerProxy && c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
	})
}

// MakesFirstCalls says whether calls of a pod's proxy to Services that it doesn't know yet come back to it.
func MakesFirstCalls(pod *corev1.Pod) bool {
	return slices.ContainsFunc(pod.Spec.InitContainers, func(c corev1.Container) bool {
		return c.Name == v1alpha1.ContainerRedirect && slices.Contains(c.Args, v1alpha1.FirstCallsFlag)
	})
}

func ended(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
}
