package inject

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
)

const (
	containersPath     = "/spec/containers"
	initContainersPath = "/spec/initContainers"
)

// placeContainers makes the first two init containers ours: the rules, then the proxy, then everybody else.
func placeContainers(i *injection) ([]Operation, error) {
	probes, err := i.probes.encode()
	if err != nil {
		return nil, err
	}
	want := []corev1.Container{redirectContainer(i.settings), proxyContainer(i.settings, WorkloadOf(i.pod), probes)}
	have := i.pod.Spec.InitContainers
	if i.current {
		keepAdditions(have, want)
	}
	operations := removeOurs(containersPath, i.pod.Spec.Containers)
	switch {
	case len(have) == 0:
		return append(operations, add(initContainersPath, want)), nil
	case inPlace(have, want):
		return append(operations, replaceChanged(have, want)...), nil
	}
	operations = append(operations, removeOurs(initContainersPath, have)...)
	for index, c := range want {
		operations = append(operations, add(element(initContainersPath, index), c))
	}
	return operations, nil
}

// inPlace says that our containers are the first, in their order, and nowhere else.
func inPlace(have, want []corev1.Container) bool {
	for index, c := range have {
		if index < len(want) && c.Name != want[index].Name || index >= len(want) && isContainer(c.Name) {
			return false
		}
	}
	return len(have) >= len(want)
}

func replaceChanged(have, want []corev1.Container) []Operation {
	var operations []Operation
	for index, c := range want {
		if !equality.Semantic.DeepEqual(have[index], c) {
			operations = append(operations, replace(element(initContainersPath, index), c))
		}
	}
	return operations
}

// removeOurs takes our containers out of a list, the last first, so that the indexes of the others hold.
func removeOurs(path string, list []corev1.Container) []Operation {
	var operations []Operation
	for index, c := range slices.Backward(list) {
		if isContainer(c.Name) {
			operations = append(operations, remove(element(path, index)))
		}
	}
	return operations
}
