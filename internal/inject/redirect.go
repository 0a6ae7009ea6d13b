package inject

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// redirectContainer writes the rules that lead the pod's traffic through the proxy. It is the first to run, so that
// nothing in the pod ever speaks without them. Changing rules takes root and NET_ADMIN, and nothing more.
func redirectContainer(in Settings) corev1.Container {
	return corev1.Container{
		Name:            v1alpha1.ContainerRedirect,
		Image:           in.AgentImage,
		ImagePullPolicy: in.ImagePullPolicy,
		Args:            []string{"redirect", v1alpha1.FirstCallsFlag},
		Resources:       resources(in),
		SecurityContext: &corev1.SecurityContext{
			RunAsUser:                new(int64(0)),
			RunAsGroup:               new(int64(0)),
			RunAsNonRoot:             new(false),
			Privileged:               new(false),
			AllowPrivilegeEscalation: new(false),
			ReadOnlyRootFilesystem:   new(true),
			Capabilities:             &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}, Add: []corev1.Capability{"NET_ADMIN"}},
			SeccompProfile:           &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
		},
		VolumeMounts: []corev1.VolumeMount{runMount(), noAPIToken()},
	}
}
