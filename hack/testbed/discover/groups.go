package main

import "net"

// podList is what is needed of a Kubernetes PodList.
type podList struct {
	Items []struct {
		Metadata struct {
			Name, Namespace string
			Annotations     map[string]string
		}
		Spec   struct{ NodeName string }
		Status struct{ PodIP string }
	}
}

// group is an entry of the answer.
type group struct {
	Targets []string          `json:"targets"`
	Labels  map[string]string `json:"labels"`
}

// groups makes one entry for each pod that asks to be scraped, by the usual annotations prometheus.io/scrape, port
// and path. A pod that names no port is left out.
func groups(pods podList) []group {
	all := []group{}
	for _, pod := range pods.Items {
		port := pod.Metadata.Annotations["prometheus.io/port"]
		if pod.Metadata.Annotations["prometheus.io/scrape"] != "true" || port == "" || pod.Status.PodIP == "" {
			continue
		}
		g := group{
			Targets: []string{net.JoinHostPort(pod.Status.PodIP, port)},
			Labels:  map[string]string{"namespace": pod.Metadata.Namespace, "pod": pod.Metadata.Name, "node": pod.Spec.NodeName},
		}
		if path := pod.Metadata.Annotations["prometheus.io/path"]; path != "" {
			g.Labels["__metrics_path__"] = path
		}
		all = append(all, g)
	}
	return all
}
