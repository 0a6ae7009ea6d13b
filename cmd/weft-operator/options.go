package main

import (
	"errors"
	"runtime/debug"

	"github.com/spf13/pflag"

	"github.com/weft-mesh/weft/internal/version"
)

// options are the flags of the operator.
type options struct {
	mesh       string
	agentImage string
	pullPolicy string
	namespace  string
	pod        string
	webhook    int
	agents     string
	peers      int
	metrics    string
	health     string
}

func (o *options) register(f *pflag.FlagSet, env func(string) string) {
	f.StringVar(&o.mesh, "mesh", "default", "name of the Mesh that this control plane serves")
	f.StringVar(&o.agentImage, "agent-image", "", "image of the sidecars")
	f.StringVar(&o.pullPolicy, "agent-image-pull-policy", "IfNotPresent", "when the image of the sidecars is pulled")
	f.StringVar(&o.namespace, "namespace", env("POD_NAMESPACE"), "namespace of the operator")
	f.StringVar(&o.pod, "pod", env("POD_NAME"), "name of this replica's pod")
	f.IntVar(&o.webhook, "webhook-port", 9443, "port for admission")
	f.StringVar(&o.agents, "agents", ":15010", "address for agents")
	f.IntVar(&o.peers, "peers-port", 15011, "port for the other replicas")
	f.StringVar(&o.metrics, "metrics", ":8080", "address for metrics")
	f.StringVar(&o.health, "health", ":8081", "address for /healthz and /readyz")
}

func (o *options) check() error {
	switch {
	case o.namespace == "":
		return errors.New("--namespace is empty: set it, or the environment variable POD_NAMESPACE")
	case o.pod == "":
		return errors.New("--pod is empty: set it, or the environment variable POD_NAME")
	case o.agentImage == "":
		return errors.New("--agent-image is empty: name the image that sidecars run")
	}
	return nil
}

// version is that of this build, for people.
func (options) version() string {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return version.Unknown
	}
	return version.From(serviceName, build).Version
}
