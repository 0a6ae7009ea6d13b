package inject

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// reservedPrefix begins the names of containers and volumes that belong to the sidecar.
const reservedPrefix = "weft-"

var reservedPorts = []int32{v1alpha1.PortAdmin, v1alpha1.PortOutbound, v1alpha1.PortFirst, v1alpha1.PortInbound, v1alpha1.PortHealth}

// Refusal says why a pod can't have a sidecar as it is.
type Refusal struct {
	Field  string // such as spec.containers[0].ports[1]
	Reason string
}

func (r *Refusal) Error() string { return r.Field + ": " + r.Reason }

func refusal(field, format string, values ...any) error {
	return &Refusal{Field: field, Reason: fmt.Sprintf(format, values...)}
}

// refuseReserved refuses what would take the sidecar's place or get around it.
func refuseReserved(i *injection) ([]Operation, error) {
	for index, volume := range i.pod.Spec.Volumes {
		if reserved(volume.Name) && !(i.known && isVolume(volume.Name)) {
			return nil, refusal(fmt.Sprintf("spec.volumes[%d].name", index),
				"%q is reserved: no name may begin with %s", volume.Name, reservedPrefix)
		}
	}
	for _, list := range containerLists(i.pod) {
		for index := range list.containers {
			c := &list.containers[index]
			if i.owns(c) {
				continue
			}
			if err := refuseContainer(i.pod, fmt.Sprintf("spec.%s[%d]", list.name, index), c); err != nil {
				return nil, err
			}
		}
	}
	return nil, nil
}

func refuseContainer(pod *corev1.Pod, field string, c *corev1.Container) error {
	if reserved(c.Name) {
		return refusal(field+".name", "%q is reserved: no name may begin with %s", c.Name, reservedPrefix)
	}
	for index, port := range c.Ports {
		if slices.Contains(reservedPorts, port.ContainerPort) {
			return refusal(fmt.Sprintf("%s.ports[%d].containerPort", field, index),
				"port %d is the sidecar's; container %q must use another", port.ContainerPort, c.Name)
		}
	}
	for index, mount := range c.VolumeMounts {
		if isVolume(mount.Name) {
			return refusal(fmt.Sprintf("%s.volumeMounts[%d]", field, index),
				"volume %q is the sidecar's; container %q can't mount it", mount.Name, c.Name)
		}
	}
	if user := runAsUser(pod, c); user != nil && *user == v1alpha1.ProxyUID {
		return refusal(field+".securityContext.runAsUser",
			"user %d is the sidecar's, and its traffic is not redirected; container %q must run as another", *user, c.Name)
	}
	return nil
}

// runAsUser is the user that the pod's manifest asks for; nil: that of the image.
func runAsUser(pod *corev1.Pod, c *corev1.Container) *int64 {
	if c.SecurityContext != nil && c.SecurityContext.RunAsUser != nil {
		return c.SecurityContext.RunAsUser
	}
	if pod.Spec.SecurityContext != nil {
		return pod.Spec.SecurityContext.RunAsUser
	}
	return nil
}

func reserved(name string) bool { return strings.HasPrefix(name, reservedPrefix) }

// owns says whether a container came from an earlier injection.
func (i *injection) owns(c *corev1.Container) bool { return i.known && isContainer(c.Name) }

func isContainer(name string) bool {
	return name == v1alpha1.ContainerRedirect || name == v1alpha1.ContainerProxy
}

// containerList is one of a pod's lists of containers, with its name in the spec.
type containerList struct {
	name       string
	containers []corev1.Container
}

func containerLists(pod *corev1.Pod) [2]containerList {
	return [2]containerList{{"initContainers", pod.Spec.InitContainers}, {"containers", pod.Spec.Containers}}
}
