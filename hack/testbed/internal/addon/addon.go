// Package addon holds what is deployed on a cluster after it has started: manifests, the images they name and what to
// wait for.
package addon

import (
	"embed"
	"maps"
	"slices"
)

//go:embed manifests
var manifests embed.FS

// Addon is something that the cluster runs.
type Addon struct {
	Images     []string // names of known images
	CRDs       string   // part whose YAML files are applied first; may be empty
	Deployment string   // namespace/name to wait for; may be empty
	manifest   string
}

// Manifest is the YAML to apply; empty when there is none.
func (a Addon) Manifest() ([]byte, error) {
	if a.manifest == "" {
		return nil, nil
	}
	return manifests.ReadFile("manifests/" + a.manifest)
}

// Always are on each cluster with a node.
var Always = []Addon{
	{CRDs: "gatewayapi"},
	{Images: []string{"coredns"}, Deployment: "kube-system/coredns", manifest: "coredns.yaml"},
}

var optional = map[string]Addon{
	"cert-manager": {
		Images: []string{"cert-manager"}, CRDs: "certmanager", Deployment: "cert-manager/cert-manager", manifest: "cert-manager.yaml",
	},
	"metrics-server": {
		Images: []string{"metrics-server"}, Deployment: "kube-system/metrics-server", manifest: "metrics-server.yaml",
	},
	"prometheus": {Images: []string{"prometheus", "discover"}, Deployment: "monitoring/prometheus", manifest: "prometheus.yaml"},
}

// Optional lists the add-ons that are started on demand.
func Optional() []string { return slices.Sorted(maps.Keys(optional)) }

// Named returns an optional add-on.
func Named(name string) Addon { return optional[name] }
