package inject

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// keepAdditions takes over what others have added to our containers since they were injected.
func keepAdditions(have, want []corev1.Container) {
	for n := range want {
		at := slices.IndexFunc(have, func(c corev1.Container) bool { return c.Name == want[n].Name })
		if at >= 0 {
			want[n] = restored(have[at], want[n])
		}
	}
}

// restored is our container as another webhook left it, with all that matters put back. The image may have become a
// mirror's, the resources those of an autoscaler; variables and mounts may have been added. What decides how the
// sidecar starts, what it may do and when it is ready is ours.
func restored(have, want corev1.Container) corev1.Container {
	have.Command, have.Args = want.Command, want.Args
	have.RestartPolicy, have.RestartPolicyRules = want.RestartPolicy, want.RestartPolicyRules
	have.SecurityContext = want.SecurityContext
	have.StartupProbe, have.ReadinessProbe, have.LivenessProbe = want.StartupProbe, want.ReadinessProbe, want.LivenessProbe
	have.Lifecycle = want.Lifecycle
	have.Env = merged(have.Env, want.Env, func(e corev1.EnvVar) string { return e.Name })
	have.VolumeMounts = merged(have.VolumeMounts, want.VolumeMounts, func(m corev1.VolumeMount) string { return m.MountPath })
	return have
}

// merged is a copy of have in which every element of want is as wanted, in place or at the end.
func merged[T any](have, want []T, key func(T) string) []T {
	result := slices.Clone(have)
	for _, w := range want {
		at := slices.IndexFunc(result, func(h T) bool { return key(h) == key(w) })
		if at < 0 {
			result = append(result, w)
		} else {
			result[at] = w
		}
	}
	return result
}
