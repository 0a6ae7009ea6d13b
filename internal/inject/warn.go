package inject

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
)

// defaultGrace is Kubernetes' own terminationGracePeriodSeconds.
const defaultGrace int64 = 30

// warnings says what works worse with a sidecar than its author may expect.
func warnings(pod *corev1.Pod, in Settings) []string {
	var found []string
	if account := Account(pod); len(account) > maxLabel {
		found = append(found, fmt.Sprintf("spec.serviceAccountName: %q is longer than %d characters, so network policies "+
			"can't tell it from other accounts of its namespace", account, maxLabel))
	}
	grace := defaultGrace
	if pod.Spec.TerminationGracePeriodSeconds != nil {
		grace = *pod.Spec.TerminationGracePeriodSeconds
	}
	if int64(in.DrainSeconds) > grace {
		found = append(found, fmt.Sprintf("spec.terminationGracePeriodSeconds: %d is less than the %d seconds that the "+
			"sidecar drains", grace, in.DrainSeconds))
	}
	for index, c := range pod.Spec.Containers {
		if c.Lifecycle != nil && (callsOverNetwork(c.Lifecycle.PostStart) || callsOverNetwork(c.Lifecycle.PreStop)) {
			found = append(found, fmt.Sprintf("spec.containers[%d].lifecycle: httpGet comes from the node without an "+
				"identity, so the sidecar refuses it; use exec", index))
		}
	}
	return found
}

func callsOverNetwork(h *corev1.LifecycleHandler) bool {
	return h != nil && h.HTTPGet != nil && h.HTTPGet.Host == ""
}
