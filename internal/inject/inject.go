package inject

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// Settings is what a mesh decides about its sidecars.
type Settings struct {
	AgentImage      string
	ImagePullPolicy corev1.PullPolicy // empty: Kubernetes decides by the image's tag
	OperatorAddress string            // host:port of the control plane
	OperatorName    string            // name in the control plane's certificate
	DrainSeconds    int32
	Resources       corev1.ResourceRequirements // empty: 10m CPU and 64Mi memory are requested
}

// Patch is the outcome for one pod.
type Patch struct {
	Operations []Operation
	// Warnings are sentences for the person who made the pod.
	Warnings []string
	// Skipped says why the pod gets no sidecar. Then there are no operations.
	Skipped string
}

// injection is one pod on its way.
type injection struct {
	pod      *corev1.Pod
	settings Settings
	hash     string
	// known says that the pod was injected before: containers and volumes with our names are ours.
	known bool
	// current says that it was injected with the same settings: what others changed in ours since may stay.
	current bool
	// probes collects what the agent is to do for the kubelet.
	probes Probes
}

// step adds one concern. It sees the pod as it was before any step.
type step func(*injection) ([]Operation, error)

// steps in their order. Probes come before anything that moves containers, because they are addressed by index.
var steps = []step{
	refuseReserved,
	rewriteProbes,
	placeContainers,
	addVolumes,
	stampLabels,
	stampAnnotation,
}

// Inject gives the operations that put a sidecar into the pod, or a *Refusal when the pod can't have one.
func Inject(pod *corev1.Pod, in Settings) (Patch, error) {
	if reason := skipped(pod); reason != "" {
		return Patch{Skipped: reason}, nil
	}
	record := pod.Annotations[v1alpha1.AnnotationInjected]
	hash := Hash(in)
	i := &injection{
		pod:      pod,
		settings: in,
		hash:     hash,
		known:    record != "",
		current:  record == hash,
		probes:   Probes{},
	}
	patch := Patch{Operations: make([]Operation, 0, 8)}
	for _, add := range steps {
		operations, err := add(i)
		if err != nil {
			return Patch{}, err
		}
		patch.Operations = append(patch.Operations, operations...)
	}
	patch.Warnings = warnings(pod, in)
	return patch, nil
}

// skipped says why a pod never gets a sidecar.
func skipped(pod *corev1.Pod) string {
	switch {
	case pod.Labels[v1alpha1.LabelMesh] == v1alpha1.MeshNone:
		return "the pod's label " + v1alpha1.LabelMesh + " keeps it out of the mesh"
	case pod.Spec.HostNetwork:
		return "spec.hostNetwork: a pod on the node's network can't have a sidecar; it stays outside the mesh"
	case pod.Spec.OS != nil && pod.Spec.OS.Name == corev1.Windows:
		return "spec.os: the sidecar runs on Linux only; the pod stays outside the mesh"
	}
	return ""
}
