package main

import (
	"context"

	"github.com/cert-manager/cert-manager/pkg/controller/cainjector"
	ctrl "sigs.k8s.io/controller-runtime"
)

// addInjector adds the loops that write CA bundles into objects with an inject-ca-from annotation.
func addInjector(ctx context.Context, mgr ctrl.Manager) error {
	return cainjector.RegisterAllInjectors(ctx, mgr, cainjector.SetupOptions{
		EnableCertificatesDataSource: true,
		EnabledReconcilersFor: map[string]bool{
			cainjector.MutatingWebhookConfigurationName:   true,
			cainjector.ValidatingWebhookConfigurationName: true,
			cainjector.CustomResourceDefinitionName:       true,
			cainjector.APIServiceName:                     true,
		},
	})
}
