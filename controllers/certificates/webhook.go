package certificates

import (
	"context"
	"fmt"
	"slices"
	"time"

	admissionregistration "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	rbac "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/apply"
	"github.com/weft-mesh/weft/internal/hold"
	"github.com/weft-mesh/weft/webhook"
	"github.com/weft-mesh/weft/webhook/certificate"
)

// WebhookSecret is the Secret of the webhook's certificate.
const WebhookSecret = certificate.SecretName

// Owner is the ClusterRole of the install that the webhook's configuration goes with.
const Owner = "weft-controller"

// Webhook serves the certificate of the webhook.
type Webhook struct {
	Server  certificate.Server
	Service string
	Port    int32
	// Names in the certificate.
	Names []string
	// ServedByAll says that every live replica serves the certificate with this fingerprint.
	ServedByAll func(fingerprint string) bool
}

func (w *Webhook) load(data map[string][]byte) error {
	if len(data) == 0 {
		return nil
	}
	return w.Server.SetSecret(data)
}

// advanceWebhook takes one step of the rotation, and writes the set of CAs. The next step waits until that is written.
func (c *Controller) advanceWebhook(ctx context.Context, stored *corev1.Secret) error {
	w := c.Webhook
	data, bundle, err := certificate.Next(stored.Data, w.Names, time.Now(), w.ServedByAll(certificate.Fingerprint(stored.Data)))
	if err != nil {
		return err
	}
	if !apply.Same(stored.Data, data) {
		if err := c.store(ctx, apply.WebhookSecret, stored, data); err != nil {
			return err
		}
	}
	return c.configure(ctx, bundle)
}

// configure makes the API server ask about new pods of joined namespaces, and about held rollouts where there are some. The whole list is compared and replaced: a
// rule that was changed, or a condition that was added, would let pods through without a sidecar.
func (c *Controller) configure(ctx context.Context, bundle []byte) error {
	install := &rbac.ClusterRole{}
	if err := c.Reader.Get(ctx, client.ObjectKey{Name: Owner}, install); err != nil {
		return err
	}
	held, err := c.held(ctx)
	if err != nil {
		return err
	}
	want := webhook.Configuration(webhook.Install{
		Namespace: c.Namespace, Service: c.Webhook.Service, Port: c.Webhook.Port, CABundle: bundle, Held: held,
		Owner: metav1.OwnerReference{APIVersion: rbac.SchemeGroupVersion.String(), Kind: "ClusterRole", Name: install.Name, UID: install.UID},
	})
	old := &admissionregistration.MutatingWebhookConfiguration{}
	err = c.Reader.Get(ctx, client.ObjectKeyFromObject(want), old)
	if apierrors.IsNotFound(err) {
		want.Labels = map[string]string{v1alpha1.LabelManagedBy: c.Mesh}
		return c.Writer.Apply(ctx, apply.WebhookConfiguration, want)
	}
	if err != nil {
		return err
	}
	next := old.DeepCopy()
	metav1.SetMetaDataLabel(&next.ObjectMeta, v1alpha1.LabelManagedBy, c.Mesh)
	next.OwnerReferences, next.Webhooks = want.OwnerReferences, want.Webhooks
	if apply.Same(old, next) {
		return nil
	}
	return c.Writer.Replace(ctx, apply.WebhookConfiguration, old, next)
}

// held are the namespaces with a Canary that holds a Deployment, in order.
func (c *Controller) held(ctx context.Context) ([]string, error) {
	var canaries v1alpha1.CanaryList
	if err := c.Reader.List(ctx, &canaries); err != nil {
		return nil, fmt.Errorf("list Canaries: %w", err)
	}
	var out []string
	for i := range canaries.Items {
		if _, is := hold.Target(&canaries.Items[i]); is {
			out = append(out, canaries.Items[i].Namespace)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}
