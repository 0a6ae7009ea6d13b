// Command cert-manager is cert-manager with CA and self-signed issuers and the CA injector, in one process.
// It has no admission webhook: the schemas in the CRDs are the only checks.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/cert-manager/cert-manager/pkg/logs"
	"k8s.io/client-go/tools/clientcmd"
	ctrl "sigs.k8s.io/controller-runtime"
)

func main() {
	flags := flag.NewFlagSet("cert-manager", flag.ExitOnError)
	kubeconfig := flags.String("kubeconfig", "", "path to a kubeconfig; without it, the in-cluster config is used")
	health := flags.String("health-address", ":9402", "address that serves /healthz and /readyz")
	_ = flags.Parse(os.Args[1:])

	if err := run(*kubeconfig, *health); err != nil {
		fmt.Fprintln(os.Stderr, "cert-manager:", err)
		os.Exit(1)
	}
}

func run(kubeconfig, health string) error {
	logs.InitLogs()
	defer logs.FlushLogs()
	ctrl.SetLogger(logs.Log)

	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return fmt.Errorf("find the cluster: %w", err)
	}
	ctx := ctrl.SetupSignalHandler()
	mgr, err := newManager(config, health)
	if err != nil {
		return fmt.Errorf("build the manager: %w", err)
	}
	if err := addControllers(ctx, mgr, kubeconfig); err != nil {
		return fmt.Errorf("add the controllers: %w", err)
	}
	if err := addInjector(ctx, mgr); err != nil {
		return fmt.Errorf("add the CA injector: %w", err)
	}
	return mgr.Start(ctx)
}
