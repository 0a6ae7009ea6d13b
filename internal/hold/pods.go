package hold

import (
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// Gate is the readiness gate of pods that wait, and the condition that releases them.
const Gate corev1.PodConditionType = v1alpha1.ConditionReleased

// living says that a pod is there and not on its way out.
func living(pod *corev1.Pod) bool {
	return pod.DeletionTimestamp == nil && pod.Status.Phase != corev1.PodSucceeded && pod.Status.Phase != corev1.PodFailed
}

// Gated says whether a pod was made to wait, released or not.
func Gated(pod *corev1.Pod) bool {
	return slices.ContainsFunc(pod.Spec.ReadinessGates, func(g corev1.PodReadinessGate) bool { return g.ConditionType == Gate })
}

// Waiting says that a pod is gated and not released.
func Waiting(pod *corev1.Pod) bool { return Gated(pod) && !isTrue(pod, Gate) }

// Open opens the gate of a pod, in the copy that the caller has.
func Open(pod *corev1.Pod) {
	if c := conditionOf(pod, Gate); c != nil {
		c.Status, c.Reason = corev1.ConditionTrue, Released
		return
	}
	pod.Status.Conditions = append(pod.Status.Conditions, corev1.PodCondition{Type: Gate, Status: corev1.ConditionTrue, Reason: Released})
}

// Reasons of the condition of a gate.
const (
	Released = "Released"
	Withheld = "Held"
)

// Serving says that a gated pod is ready but for the gate, and may get requests of the mesh. So does one that was released a
// moment ago, until its kubelet has seen it.
func Serving(pod *corev1.Pod) bool {
	return living(pod) && (Waiting(pod) || unseen(pod)) && isTrue(pod, corev1.ContainersReady) &&
		!slices.ContainsFunc(pod.Spec.ReadinessGates, func(g corev1.PodReadinessGate) bool {
			return g.ConditionType != Gate && !isTrue(pod, g.ConditionType)
		})
}

// unseen says that a pod is not ready since before its gate was opened.
func unseen(pod *corev1.Pod) bool {
	gate, ready := conditionOf(pod, Gate), conditionOf(pod, corev1.PodReady)
	if !Gated(pod) || gate == nil || gate.Status != corev1.ConditionTrue {
		return false
	}
	return ready == nil || ready.Status != corev1.ConditionTrue && !ready.LastTransitionTime.After(gate.LastTransitionTime.Time)
}

func isTrue(pod *corev1.Pod, condition corev1.PodConditionType) bool {
	c := conditionOf(pod, condition)
	return c != nil && c.Status == corev1.ConditionTrue
}

func conditionOf(pod *corev1.Pod, condition corev1.PodConditionType) *corev1.PodCondition {
	for i := range pod.Status.Conditions {
		if c := &pod.Status.Conditions[i]; c.Type == condition {
			return c
		}
	}
	return nil
}

// available says that a pod has been ready for as long as the Deployment asks.
func (v View) available(pod *corev1.Pod, now time.Time) bool {
	c := conditionOf(pod, corev1.PodReady)
	if c == nil || c.Status != corev1.ConditionTrue {
		return false
	}
	return !now.Before(c.LastTransitionTime.Add(time.Duration(v.Deployment.Spec.MinReadySeconds) * time.Second))
}

func ready(pod *corev1.Pod) bool { return isTrue(pod, corev1.PodReady) }

// count is how many of a hash's pods are so.
func (v View) count(hash string, is func(*corev1.Pod) bool) int32 {
	var n int32
	for _, pod := range v.pods[hash] {
		if is(pod) {
			n++
		}
	}
	return n
}

// Living is how many pods of a hash there are.
func (v View) Living(hash string) int32 { return int32(len(v.pods[hash])) }

// StableReady is how many pods of the stable version are ready.
func (v View) StableReady() (n int32) {
	for _, set := range v.stable {
		n += v.count(Hash(set), ready)
	}
	return n
}
