// Package certificates keeps the mesh's CA and the certificate of the webhook. Only the leader writes them; every
// replica reads them.
package certificates

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/apply"
	"github.com/weft-mesh/weft/internal/failpoint"
	"github.com/weft-mesh/weft/internal/leader"
)

// again is how often time alone is looked at.
const again = time.Minute

// Controller reconciles the Secrets of the operator's namespace and the webhook's configuration.
type Controller struct {
	Reader    client.Reader
	Writer    apply.Writer
	Term      *leader.Term
	Namespace string
	Mesh      string
	CA        *CA
	Webhook   *Webhook
}

// Reconcile looks at both Secrets.
func (c *Controller) Reconcile(ctx context.Context, _ reconcile.Request) (reconcile.Result, error) {
	ca, err := c.secret(ctx, CASecret)
	if err != nil {
		return reconcile.Result{}, err
	}
	hook, err := c.secret(ctx, WebhookSecret)
	if err != nil {
		return reconcile.Result{}, err
	}
	errs := []error{c.CA.load(ca.Data), c.Webhook.load(hook.Data)}
	if term, leads := c.Term.Context(); leads {
		errs = append(errs, c.advance(term, ca, hook))
	}
	if err := errors.Join(errs...); err != nil && !apply.Outdated(err) {
		return reconcile.Result{}, err
	}
	return reconcile.Result{RequeueAfter: again}, nil
}

func (c *Controller) advance(ctx context.Context, ca, hook *corev1.Secret) error {
	mesh := &v1alpha1.Mesh{}
	err := c.Reader.Get(ctx, client.ObjectKey{Name: c.Mesh}, mesh)
	if client.IgnoreNotFound(err) != nil {
		return err
	}
	var errs []error
	if err == nil {
		errs = append(errs, c.advanceCA(ctx, mesh, ca))
	}
	return errors.Join(append(errs, c.advanceWebhook(ctx, hook))...)
}

// secret reads one; a missing one is empty.
func (c *Controller) secret(ctx context.Context, name string) (*corev1.Secret, error) {
	s := &corev1.Secret{}
	err := c.Reader.Get(ctx, client.ObjectKey{Namespace: c.Namespace, Name: name}, s)
	if apierrors.IsNotFound(err) {
		return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{
			Namespace: c.Namespace, Name: name,
			Labels: map[string]string{v1alpha1.LabelManagedBy: c.Mesh},
		}}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read Secret %s/%s: %w", c.Namespace, name, err)
	}
	return s, nil
}

// store writes the data of a Secret, provided that nobody else has changed it since it was read.
func (c *Controller) store(ctx context.Context, name failpoint.Name, old *corev1.Secret, data map[string][]byte) error {
	next := old.DeepCopy()
	next.Data = data
	if old.ResourceVersion == "" {
		return c.Writer.Create(ctx, name, next)
	}
	return c.Writer.Update(ctx, name, next)
}
