package cluster

import (
	"bytes"
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"text/template"

	"github.com/weft-mesh/weft/hack/testbed/internal/layout"
	"github.com/weft-mesh/weft/hack/testbed/internal/network"
)

//go:embed config
var configs embed.FS

var parsed = template.Must(template.ParseFS(configs, "config/*"))

// nodeConfig fills the configuration files of a node.
type nodeConfig struct {
	Name, Address, PodCIDR, DNS string
	Dir, PKI, Tools, Cgroup     string
}

// render returns a configuration file.
func render(file string, values any) (string, error) {
	var out bytes.Buffer
	if err := parsed.ExecuteTemplate(&out, file, values); err != nil {
		return "", fmt.Errorf("render %s: %w", file, err)
	}
	return out.String(), nil
}

// writeConfigs writes what containerd, CNI and the kubelet of the i-th node read.
func writeConfigs(dir layout.Dir, tools string, i int, name, cgroup string) error {
	values := nodeConfig{
		Name: name, Address: network.Address(i), PodCIDR: network.NodePodCIDR(i), DNS: network.DNS,
		Dir: dir.Node(name), PKI: dir.PKI(""), Tools: tools, Cgroup: cgroup,
	}
	for _, file := range []string{"containerd.toml", "kubelet.yaml", "cni/10-ptp.conflist"} {
		content, err := render(filepath.Base(file), values)
		if err != nil {
			return err
		}
		path := dir.Node(name, "config", file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// writeKubeconfigs writes one client configuration per identity.
func writeKubeconfigs(dir layout.Dir, nodes []string) error {
	if err := os.MkdirAll(dir.Run("kubeconfig"), 0o755); err != nil {
		return err
	}
	for _, id := range identities(nodes) {
		content, err := render("kubeconfig.yaml", map[string]string{
			"User": id.file, "Server": "https://" + network.Address(1) + ":6443", "PKI": dir.PKI(""),
		})
		if err != nil {
			return err
		}
		if err := os.WriteFile(dir.Kubeconfig(id.file), []byte(content), 0o600); err != nil {
			return err
		}
	}
	return nil
}
