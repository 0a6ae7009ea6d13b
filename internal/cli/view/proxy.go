package view

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/duration"
	"sigs.k8s.io/yaml"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/cli/dump"
	"github.com/weft-mesh/weft/internal/model"
)

// Outputs of a proxy's configuration.
const (
	OutputTable = "table"
	OutputYAML  = "yaml"
	OutputJSON  = "json"
)

// ProxyConfig shows what a proxy has: a line each, or all of it.
func ProxyConfig(resources []dump.Resource, output string, now time.Time) (string, error) {
	if output == OutputTable {
		return resourceTable(resources, now), nil
	}
	text, err := json.MarshalIndent(slices.Concat([]dump.Resource{}, resources), "", "  ")
	if err == nil && output == OutputYAML {
		text, err = yaml.JSONToYAML(text)
		return string(text), err
	}
	return string(text) + "\n", err
}

func resourceTable(resources []dump.Resource, now time.Time) string {
	if len(resources) == 0 {
		return "The proxy has none.\n"
	}
	rows := [][]string{{"TYPE", "NAME", "STATE", "VERSION", "UPDATED"}}
	var notes []string
	for _, r := range resources {
		updated := none
		if !r.Updated.IsZero() {
			updated = duration.HumanDuration(now.Sub(r.Updated)) + " ago"
		}
		rows = append(rows, []string{string(r.Type), orNone(r.Name), string(r.State), orNone(r.Version), updated})
		if r.Reason != "" {
			notes = append(notes, fmt.Sprintf("%s %s: %s", r.Type, r.Name, r.Reason))
		}
	}
	text := table(rows...)
	if len(notes) > 0 {
		text += "\n" + list("Rejected", notes...)
	}
	return text
}

// Proxies shows the pods with a sidecar and how far their proxies are.
func Proxies(pods []corev1.Pod, meshes []v1alpha1.Mesh) string {
	if len(pods) == 0 {
		return "No pod has a sidecar.\n"
	}
	rows, late := [][]string{{"POD", "WORKLOAD", "PROXY", "SCOPE"}}, outdated(pods)
	for _, pod := range slices.SortedFunc(slices.Values(pods), func(a, b corev1.Pod) int { return byName(&a, &b) }) {
		workload, m := model.WorkloadOf(&pod), meshOf(&pod, meshes)
		rows = append(rows, []string{pod.Namespace + "/" + pod.Name, workload.Name, proxy(&pod, m), scope(m, late[workload])})
	}
	return table(rows...)
}

// meshOf is the Mesh whose status says that it has the namespace of a pod, or nil.
func meshOf(pod *corev1.Pod, meshes []v1alpha1.Mesh) *v1alpha1.Mesh {
	for i, m := range meshes {
		if e := m.Status.Effective; e != nil && slices.Contains(e.Namespaces, pod.Namespace) {
			return &meshes[i]
		}
	}
	return nil
}

// proxy is how far the proxy of a pod is.
func proxy(pod *corev1.Pod, m *v1alpha1.Mesh) string {
	name := pod.Namespace + "/" + pod.Name
	switch {
	case pod.DeletionTimestamp != nil:
		return "terminating"
	case pod.Status.Phase != corev1.PodRunning:
		return "not running: " + cmp.Or(Stopped(pod), "pod is "+string(pod.Status.Phase))
	case m == nil || m.Status.Proxies == nil:
		return "unknown: no Mesh counts it"
	}
	counted := m.Status.Proxies
	for _, r := range counted.Rejected {
		if r.Pod == name {
			return "rejected: " + r.Reason
		}
	}
	switch named := len(counted.Pending) + len(counted.Rejected); {
	case slices.Contains(counted.Pending, name):
		return "waiting"
	case named < int(counted.Total-counted.Acknowledged):
		return "unknown: more wait than the Mesh names"
	default:
		return "up to date"
	}
}

// Stopped says why the sidecar of a pod is not running, or nothing.
func Stopped(pod *corev1.Pod) string {
	for _, c := range pod.Status.InitContainerStatuses {
		if c.Name != v1alpha1.ContainerProxy {
			continue
		}
		switch s := c.State; {
		case s.Running != nil:
			return ""
		case s.Terminated != nil:
			return sentence(s.Terminated.Reason, s.Terminated.Message)
		case s.Waiting != nil:
			return sentence(s.Waiting.Reason, s.Waiting.Message)
		}
	}
	return "it has not started"
}
