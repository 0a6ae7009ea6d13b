// Package modeltest makes snapshots for tests: from YAML, at random, and large ones.
package modeltest

import (
	"bytes"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gateway "sigs.k8s.io/gateway-api/apis/v1"
	"sigs.k8s.io/yaml"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/snapshot"
)

// Load reads a snapshot from YAML documents, each an object with its kind. A field that the kind does not have is an
// error. A pod with the label weft.dev/workload gets a sidecar.
func Load(text []byte) (snapshot.Snapshot, error) {
	s := snapshot.Snapshot{OperatorNamespace: "weft-system"}
	for i, document := range bytes.Split(text, []byte("\n---\n")) {
		var meta metav1.TypeMeta
		if err := yaml.Unmarshal(document, &meta); err != nil {
			return s, fmt.Errorf("document %d: %w", i, err)
		}
		if err := read(&s, meta.Kind, document); err != nil {
			return s, fmt.Errorf("document %d, kind %q: %w", i, meta.Kind, err)
		}
	}
	return s, nil
}

func read(s *snapshot.Snapshot, kind string, document []byte) error {
	switch kind {
	case "Mesh":
		s.Mesh = &v1alpha1.Mesh{}
		return yaml.UnmarshalStrict(document, s.Mesh)
	case "Namespace":
		return into(&s.Namespaces, document, new(corev1.Namespace))
	case "Service":
		return into(&s.Services, document, new(corev1.Service))
	case "Pod":
		pod := new(corev1.Pod)
		err := into(&s.Pods, document, pod)
		if pod.Labels[v1alpha1.LabelWorkload] != "" {
			AddSidecar(pod)
		}
		return err
	case "EndpointSlice":
		return into(&s.Slices, document, new(discovery.EndpointSlice))
	case "HTTPRoute":
		return into(&s.Routes, document, new(gateway.HTTPRoute))
	case "GRPCRoute":
		return into(&s.GRPCRoutes, document, new(gateway.GRPCRoute))
	case "Policy":
		return into(&s.Policies, document, new(v1alpha1.Policy))
	case "Canary":
		return into(&s.Canaries, document, new(v1alpha1.Canary))
	}
	return fmt.Errorf("no such kind in a snapshot")
}

func into[T any](list *[]*T, document []byte, object *T) error {
	*list = append(*list, object)
	return yaml.UnmarshalStrict(document, object)
}

// AddSidecar gives a pod the containers by which it is known to be in the mesh.
func AddSidecar(pod *corev1.Pod) {
	always := corev1.ContainerRestartPolicyAlways
	pod.Spec.InitContainers = append(pod.Spec.InitContainers,
		corev1.Container{Name: v1alpha1.ContainerRedirect, Args: []string{"redirect", v1alpha1.FirstCallsFlag}},
		corev1.Container{Name: v1alpha1.ContainerProxy, RestartPolicy: &always})
}
