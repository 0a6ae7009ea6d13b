package main

import (
	"errors"
	"fmt"
	"net"
	"runtime/debug"
	"strconv"

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
	peers      string
	otlp       string
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
	f.StringVar(&o.peers, "peers", ":15011", "address for the other replicas, which serve theirs on the same port")
	f.StringVar(&o.otlp, "otlp", ":4317", "address for metrics that pods push by OTLP, where the Mesh asks for them")
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
	if _, err := o.peersPort(); err != nil {
		return fmt.Errorf("--peers %q: %w", o.peers, err)
	}
	return nil
}

// peersPort is the port that all replicas serve each other on.
func (o *options) peersPort() (int, error) {
	_, port, err := net.SplitHostPort(o.peers)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(port)
}

// version is that of this build, for people.
func (options) version() string {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return version.Unknown
	}
	return version.From(serviceName, build).Version
}
