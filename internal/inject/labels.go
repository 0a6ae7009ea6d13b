package inject

import (
	"cmp"

	corev1 "k8s.io/api/core/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

const (
	labelsPath      = "/metadata/labels"
	annotationsPath = "/metadata/annotations"
)

// Account is the service account that the pod runs as.
func Account(pod *corev1.Pod) string { return cmp.Or(pod.Spec.ServiceAccountName, "default") }

// stampLabels says on the pod who it is. An account whose name is too long for a label gets none: a shortened name
// could be another account's.
func stampLabels(i *injection) ([]Operation, error) {
	want := map[string]string{v1alpha1.LabelWorkload: WorkloadOf(i.pod)}
	account := Account(i.pod)
	if len(account) <= maxLabel {
		want[v1alpha1.LabelServiceAccount] = account
	}
	operations := setEntries(labelsPath, i.pod.Labels, want)
	if _, stamped := i.pod.Labels[v1alpha1.LabelServiceAccount]; stamped && len(account) > maxLabel {
		operations = append(operations, remove(pointer(labelsPath, v1alpha1.LabelServiceAccount)))
	}
	return operations, nil
}

// stampAnnotation leaves the record by which the next injection knows what is ours.
func stampAnnotation(i *injection) ([]Operation, error) {
	want := map[string]string{v1alpha1.AnnotationInjected: i.hash}
	return setEntries(annotationsPath, i.pod.Annotations, want), nil
}
