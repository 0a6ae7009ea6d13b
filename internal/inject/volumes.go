package inject

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

const (
	volumeRun   = "weft-run"
	volumeToken = "weft-token"
	volumeTrust = "weft-trust"

	runDirectory   = "/run/weft"
	tokenDirectory = "/var/run/secrets/weft/token"
	tokenFile      = tokenDirectory + "/token"
	rootsDirectory = "/var/run/secrets/weft/roots"
	rootsFile      = rootsDirectory + "/" + v1alpha1.TrustKey

	// tokenSeconds is how long the agent's token is valid. The kubelet renews it before.
	tokenSeconds = 3600
	// readable lets the sidecar's user read what the kubelet writes. No other container mounts it.
	readable int32 = 0o644

	volumesPath = "/spec/volumes"
)

var runSize = resource.MustParse("16Mi")

// volumes have every field that the API server would fill in, so that they stay equal to themselves.
func volumes() []corev1.Volume {
	return []corev1.Volume{
		{Name: volumeRun, VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{
			Medium:    corev1.StorageMediumMemory,
			SizeLimit: &runSize,
		}}},
		{Name: volumeToken, VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{
			DefaultMode: new(readable),
			Sources: []corev1.VolumeProjection{{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{
				Audience:          v1alpha1.TokenAudience,
				ExpirationSeconds: new(int64(tokenSeconds)),
				Path:              "token",
			}}},
		}}},
		{Name: volumeTrust, VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{
			LocalObjectReference: corev1.LocalObjectReference{Name: v1alpha1.TrustConfigMap},
			DefaultMode:          new(readable),
		}}},
	}
}

func isVolume(name string) bool {
	return name == volumeRun || name == volumeToken || name == volumeTrust
}

// runMount is where the two containers meet, in memory.
func runMount() corev1.VolumeMount {
	return corev1.VolumeMount{Name: volumeRun, MountPath: runDirectory}
}

// noAPIToken keeps the API server from mounting the account's token for its own API: it leaves out a container that
// has something at that path. The sidecar needs no such rights, and a pod that the API server leaves alone needs no
// second round of admission.
func noAPIToken() corev1.VolumeMount {
	return corev1.VolumeMount{Name: volumeTrust, MountPath: "/var/run/secrets/kubernetes.io/serviceaccount", ReadOnly: true}
}

func addVolumes(i *injection) ([]Operation, error) {
	have := i.pod.Spec.Volumes
	if len(have) == 0 {
		return []Operation{add(volumesPath, volumes())}, nil
	}
	var operations []Operation
	for _, want := range volumes() {
		at := slices.IndexFunc(have, func(v corev1.Volume) bool { return v.Name == want.Name })
		switch {
		case at < 0:
			operations = append(operations, add(pointer(volumesPath, "-"), want))
		case !equality.Semantic.DeepEqual(have[at], want):
			operations = append(operations, replace(element(volumesPath, at), want))
		}
	}
	return operations, nil
}
