package hold

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// initially is how soon after a pod's start its containers are said not to be ready for the first time.
const initially = 10 * time.Second

// Starting says that no pod of a hash serves because none has had the time to, and not for a fault: none has been restarted,
// or has lost its readiness, or takes longer than the Deployment allows.
func (v View) Starting(hash string, now time.Time) bool {
	for _, pod := range v.pods[hash] {
		if v.faulty(pod, now) {
			return false
		}
	}
	return true
}

func (v View) faulty(pod *corev1.Pod, now time.Time) bool {
	for _, list := range [][]corev1.ContainerStatus{pod.Status.ContainerStatuses, pod.Status.InitContainerStatuses} {
		for _, c := range list {
			if c.RestartCount > 0 {
				return true
			}
		}
	}
	if now.Sub(pod.CreationTimestamp.Time) > v.deadline() {
		return true
	}
	c := conditionOf(pod, corev1.ContainersReady)
	return c != nil && c.Status != corev1.ConditionTrue && pod.Status.StartTime != nil &&
		c.LastTransitionTime.Sub(pod.Status.StartTime.Time) > initially
}

// deadline is how long the Deployment waits for a pod before it says that it makes no progress.
func (v View) deadline() time.Duration {
	const usual = 600
	if s := v.Deployment.Spec.ProgressDeadlineSeconds; s != nil {
		return time.Duration(*s) * time.Second
	}
	return usual * time.Second
}

// Obstacle is why no version can be judged now, a sentence; empty: nothing stands against it.
func (v View) Obstacle() string {
	switch v.Course() {
	case Incomparable:
		return "there is nothing to compare with: no ReplicaSet of a version that was complete exists, so the newest one is not held"
	case Unknown:
		return ""
	}
	if v.Replicas() == 0 {
		return fmt.Sprintf("Deployment %s has no pods", v.Deployment.Name)
	}
	for _, set := range v.sets {
		if hash := Hash(set); v.outrun(hash) && v.Living(hash) > 0 {
			return fmt.Sprintf("%d pods of revision %s are still there", v.Living(hash), hash)
		}
	}
	return ""
}

// Refusal is why the rollout of the Deployment can't be held, a word and a sentence; empty: it can.
func (v View) Refusal(name string) (reason, message string) {
	switch {
	case v.Deployment == nil:
		return ReasonTargetNotFound, fmt.Sprintf("there is no Deployment %s", name)
	case v.recreates():
		return ReasonStrategyRecreate, fmt.Sprintf("Deployment %s has the strategy Recreate: its old pods go before the new ones come, so nothing can be held", name)
	case !v.surges():
		return ReasonSurgeTooSmall, fmt.Sprintf("Deployment %s has maxSurge 0: a new pod takes the place of an old one, so nothing can be held without a loss; set maxSurge to 1 or more", name)
	}
	return "", ""
}
