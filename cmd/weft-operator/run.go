package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/go-logr/logr"
	"golang.org/x/sync/errgroup"
	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	kubescheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	crwebhook "sigs.k8s.io/controller-runtime/pkg/webhook"
	gateway "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/controllers/certificates"
	"github.com/weft-mesh/weft/internal/ca"
	"github.com/weft-mesh/weft/webhook"
	"github.com/weft-mesh/weft/webhook/certificate"
)

const (
	serviceName = "weft-operator"
	servicePort = 443
	account     = "weft-operator"
	lease       = "weft-operator"
)

// run starts everything and ends when the context does, or when a part fails for good.
func run(ctx context.Context, o options) error {
	log := slog.Default()
	ctrl.SetLogger(logr.FromSlogHandler(log.Handler()))
	config, err := ctrl.GetConfig()
	if err != nil {
		return fmt.Errorf("find the API server: %w", err)
	}
	// The API server's own fairness limits us; a limit of the client would only delay proxies.
	config.QPS = -1

	hook := &certificates.Webhook{
		Service: serviceName, Port: servicePort, Names: []string{o.service()},
	}
	mgr, err := newManager(config, o, &hook.Server)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	live := ca.NewLive("/ns/"+o.namespace+"/sa/"+account, []string{o.service()}, time.Now)
	p, err := assemble(ctx, o, mgr, client, live, hook, log)
	if err != nil {
		return err
	}

	injector, err := webhook.NewInjector(o.settings(mgr.GetClient()), metrics.Registry)
	if err != nil {
		return err
	}
	holder, err := webhook.NewHolder(p.hold, metrics.Registry)
	if err != nil {
		return err
	}
	mgr.GetWebhookServer().Register(webhook.Path, injector.Handler())
	mgr.GetWebhookServer().Register(webhook.PodsPath, holder.Pods())
	mgr.GetWebhookServer().Register(webhook.ReplicaSetsPath, holder.ReplicaSets())
	mgr.GetWebhookServer().Register(webhook.CanariesPath, webhook.Canaries{Reader: mgr.GetClient(), Now: mgr.GetAPIReader()}.Handler())
	if err := errors.Join(p.checks(mgr), p.serveDebug(mgr, client)); err != nil {
		return err
	}
	all, ctx := errgroup.WithContext(ctx)
	all.Go(func() error { return mgr.Start(ctx) })
	p.serve(ctx, all, mgr, client)
	return all.Wait()
}

func newManager(config *rest.Config, o options, certificate *certificate.Server) (ctrl.Manager, error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		kubescheme.AddToScheme, v1alpha1.AddToScheme, gateway.Install, apiextensions.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			return nil, err
		}
	}
	mgr, err := ctrl.NewManager(config, ctrl.Options{
		Scheme:                 scheme,
		Cache:                  cacheOptions(o),
		Metrics:                metricsserver.Options{BindAddress: o.metrics},
		HealthProbeBindAddress: o.health,
		WebhookServer: crwebhook.NewServer(crwebhook.Options{Port: o.webhook, TLSOpts: []func(*tls.Config){
			func(c *tls.Config) { c.GetCertificate, c.MinVersion = certificate.GetCertificate, tls.VersionTLS12 },
		}}),
	})
	if err != nil {
		return nil, fmt.Errorf("set up the manager: %w", err)
	}
	return mgr, nil
}

func listen(ctx context.Context, address string) (net.Listener, error) {
	return (&net.ListenConfig{}).Listen(ctx, "tcp", address)
}
