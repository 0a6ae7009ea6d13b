package inject

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// maxLabel is how many characters the value of a label can hold.
const maxLabel = 63

// labelHashSize is the length of the hash that ends a shortened value.
const labelHashSize = 8

// podTemplateHash is the label by which a ReplicaSet of a Deployment tells its revision.
const podTemplateHash = "pod-template-hash"

// WorkloadOf names what the pod belongs to: its Deployment, its other controller, or itself. The name is a valid
// label value; a longer one is cut and ends in a hash of the whole.
func WorkloadOf(pod *corev1.Pod) string {
	return labelValue(workloadName(pod))
}

func workloadName(pod *corev1.Pod) string {
	owner := metav1.GetControllerOfNoCopy(pod)
	switch {
	case owner == nil:
		return cmp.Or(strings.TrimRight(pod.GenerateName, "-"), pod.Name, "pod")
	case owner.Kind == "ReplicaSet" && pod.Labels[podTemplateHash] != "":
		return strings.TrimSuffix(owner.Name, "-"+pod.Labels[podTemplateHash])
	}
	return owner.Name
}

func labelValue(name string) string {
	if len(name) <= maxLabel {
		return strings.Trim(name, "-_.")
	}
	sum := sha256.Sum256([]byte(name))
	cut := strings.Trim(name[:maxLabel-1-labelHashSize], "-_.")
	return cut + "-" + hex.EncodeToString(sum[:])[:labelHashSize]
}
