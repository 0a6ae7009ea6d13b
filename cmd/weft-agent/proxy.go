package main

import (
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/weft-mesh/weft/internal/agent"
	"github.com/weft-mesh/weft/internal/agent/probe"
	"github.com/weft-mesh/weft/internal/version"
)

func proxyCommand() *cobra.Command {
	config := agent.Config{AdminURL: adminURL()}
	c := &cobra.Command{
		Use:   "proxy",
		Short: "Run Envoy with identity and configuration from the operator",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			stop, cancel := signal.NotifyContext(c.Context(), syscall.SIGTERM, syscall.SIGINT)
			defer cancel()
			config, err := describe(config)
			if err != nil {
				return err
			}
			return agent.Run(stop, config)
		},
	}
	f := c.Flags()
	f.StringVar(&config.Operator.Address, "operator", "", "address of the operator, host:port")
	f.StringVar(&config.Operator.Name, "operator-name", "", "DNS name in the operator's certificate")
	f.StringVar(&config.Operator.Token, "token", "/var/run/secrets/weft/token/token", "file with the pod's token for the operator")
	f.StringVar(&config.Roots, "roots", "/var/run/secrets/weft/roots/roots.pem", "file with the roots of the mesh, PEM")
	f.StringVar(&config.Envoy, "envoy", "/usr/local/bin/envoy", "Envoy's binary; empty starts none")
	f.StringVar(&config.Directory, "directory", "/run/weft", "directory for the socket and Envoy's bootstrap")
	f.StringVar(&config.Health, "health", ":15021", "address of the health server")
	f.DurationVar(&config.Drain, "drain", 30*time.Second, "longest wait for inbound connections to end")
	f.BoolVar(&config.Unredirected, "unredirected", false, "start without proof that the pod's traffic is redirected")
	return c
}

// describe adds what the pod says of itself.
func describe(config agent.Config) (agent.Config, error) {
	probes, err := probe.Parse(os.Getenv("WEFT_PROBES"))
	if err != nil {
		return config, err
	}
	config.Probes, config.ProbeHost = probes, probe.PodAddress()
	config.Namespace, config.Pod, config.Workload = os.Getenv("POD_NAMESPACE"), os.Getenv("POD_NAME"), os.Getenv("WORKLOAD")
	config.Log = slog.New(slog.NewJSONHandler(os.Stderr, nil)).With("pod", config.Namespace+"/"+config.Pod, "uid", os.Getenv("POD_UID"))
	if build, ok := debug.ReadBuildInfo(); ok {
		config.Version = version.From("weft-agent", build).Version
	}
	return config, nil
}
