package inject

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// Environment of the sidecar.
const (
	EnvPodName      = "POD_NAME"
	EnvPodNamespace = "POD_NAMESPACE"
	EnvPodUID       = "POD_UID"
	EnvWorkload     = "WORKLOAD"
	EnvProbes       = "WEFT_PROBES" // Probes as JSON
)

// startSeconds is how long a sidecar may take to get its first configuration. The application waits meanwhile.
const startSeconds = 600

// proxyContainer is the agent and Envoy. As a native sidecar (an init container that keeps running) it is ready
// before the next container starts and ends after the last.
func proxyContainer(in Settings, workload, probes string) corev1.Container {
	always := corev1.ContainerRestartPolicyAlways
	return corev1.Container{
		Name:            v1alpha1.ContainerProxy,
		Image:           in.AgentImage,
		ImagePullPolicy: in.ImagePullPolicy,
		RestartPolicy:   &always,
		Args: []string{
			"proxy",
			"--operator=" + in.OperatorAddress,
			"--operator-name=" + in.OperatorName,
			"--token=" + tokenFile,
			"--roots=" + rootsFile,
			"--directory=" + runDirectory,
			fmt.Sprintf("--health=:%d", v1alpha1.PortHealth),
			fmt.Sprintf("--drain=%ds", in.DrainSeconds),
		},
		Env: []corev1.EnvVar{
			fromField(EnvPodName, "metadata.name"),
			fromField(EnvPodNamespace, "metadata.namespace"),
			fromField(EnvPodUID, "metadata.uid"),
			{Name: EnvWorkload, Value: workload},
			{Name: EnvProbes, Value: probes},
		},
		Resources:      resources(in),
		StartupProbe:   readyProbe(1, startSeconds),
		ReadinessProbe: readyProbe(2, 3),
		SecurityContext: &corev1.SecurityContext{
			RunAsUser:                new(v1alpha1.ProxyUID),
			RunAsGroup:               new(v1alpha1.ProxyUID),
			RunAsNonRoot:             new(true),
			Privileged:               new(false),
			AllowPrivilegeEscalation: new(false),
			ReadOnlyRootFilesystem:   new(true),
			Capabilities:             &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
			SeccompProfile:           &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
		},
		VolumeMounts: []corev1.VolumeMount{
			runMount(),
			{Name: volumeToken, MountPath: tokenDirectory, ReadOnly: true},
			{Name: volumeTrust, MountPath: rootsDirectory, ReadOnly: true},
			noAPIToken(),
		},
	}
}

// readyProbe has every field that the API server would fill in, so that it stays equal to itself.
func readyProbe(period, failures int32) *corev1.Probe {
	return &corev1.Probe{
		ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{
			Path:   "/ready",
			Port:   intstr.FromInt32(v1alpha1.PortHealth),
			Scheme: corev1.URISchemeHTTP,
		}},
		TimeoutSeconds:   1,
		PeriodSeconds:    period,
		SuccessThreshold: 1,
		FailureThreshold: failures,
	}
}

func fromField(name, path string) corev1.EnvVar {
	return corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{
		FieldRef: &corev1.ObjectFieldSelector{APIVersion: "v1", FieldPath: path},
	}}
}

var (
	defaultCPU    = resource.MustParse("10m")
	defaultMemory = resource.MustParse("64Mi")
)

// resources are the mesh's, or a small request. The init container has them too: a namespace with a quota may refuse
// a container without.
func resources(in Settings) corev1.ResourceRequirements {
	if r := in.Resources; r.Requests != nil || r.Limits != nil || r.Claims != nil {
		return r
	}
	return corev1.ResourceRequirements{
		Requests: corev1.ResourceList{corev1.ResourceCPU: defaultCPU, corev1.ResourceMemory: defaultMemory},
	}
}
