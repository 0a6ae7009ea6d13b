package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/cert-manager/cert-manager/pkg/controller"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/approver"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/ca"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/selfsigned"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/issuing"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/keymanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/readiness"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/requestmanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/revisionmanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/trigger"
	_ "github.com/cert-manager/cert-manager/pkg/controller/clusterissuers"
	_ "github.com/cert-manager/cert-manager/pkg/controller/issuers"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/ca"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/selfsigned"
)

const (
	clusterNamespace = "cert-manager" // holds the Secrets of cluster issuers
	workers          = 5
)

// addControllers adds every controller that the imports above have registered.
func addControllers(ctx context.Context, mgr ctrl.Manager, kubeconfig string) error {
	factory, err := controller.NewContextFactory(ctx, controller.ContextOptions{
		Kubeconfig:         kubeconfig,
		KubernetesAPIQPS:   50,
		KubernetesAPIBurst: 100,
		IssuerOptions:      controller.IssuerOptions{ClusterResourceNamespace: clusterNamespace},
		CertificateOptions: controller.CertificateOptions{
			EnableOwnerRef: true,
			// The usual first wait after a failed request is an hour; no test waits that long.
			CertificateRequestMinimumBackoffDuration: 5 * time.Second,
			CertificateRequestMaximumBackoffDuration: time.Minute,
		},
	})
	if err != nil {
		return err
	}
	known := controller.Known()
	for _, name := range slices.Sorted(maps.Keys(known)) {
		loop, err := known[name](factory)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		run := func(ctx context.Context) error { return loop.Run(workers, ctx) }
		if err := mgr.Add(manager.RunnableFunc(run)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return addInformers(mgr, factory)
}

// addInformers comes after the controllers, because they say what to watch.
func addInformers(mgr ctrl.Manager, factory *controller.ContextFactory) error {
	shared, err := factory.Build("informers")
	if err != nil {
		return err
	}
	return mgr.Add(manager.RunnableFunc(func(ctx context.Context) error {
		shared.SharedInformerFactory.Start(ctx.Done())
		shared.KubeSharedInformerFactory.Start(ctx.Done())
		<-ctx.Done()
		return nil
	}))
}
