package webhook

import (
	"context"
	"fmt"
	"net/http"

	kjson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// CanariesPath is where the API server asks whether a Canary may have its Service and its Deployment.
const CanariesPath = "/canaries"

// Canaries refuses a Canary whose Service or Deployment has another one already. It is an early answer to a mistake: of two
// that come at the same moment, or while nobody answers, the younger one gets the condition Conflict.
type Canaries struct {
	// Reader is a cache: it answers from memory.
	Reader client.Reader
	// Now is the API server itself. It is asked before a refusal, so that a Canary that has just gone refuses nothing.
	Now client.Reader
}

// Handler serves AdmissionReviews at CanariesPath.
func (c Canaries) Handler() http.Handler {
	return &admission.Webhook{Handler: admission.HandlerFunc(c.handle)}
}

// handle is asked before the API server has checked the object. What can't be read is refused there.
func (c Canaries) handle(ctx context.Context, r admission.Request) admission.Response {
	canary := &v1alpha1.Canary{}
	if err := kjson.Unmarshal(r.Object.Raw, canary); err != nil {
		return admission.Allowed("")
	}
	canary.Namespace, canary.Name = r.Namespace, r.Name
	for _, reader := range []client.Reader{c.Reader, c.Now} {
		var list v1alpha1.CanaryList
		if err := reader.List(ctx, &list, client.InNamespace(r.Namespace)); err != nil {
			return admission.Errored(http.StatusInternalServerError, fmt.Errorf("list Canaries of %s: %w", r.Namespace, err))
		}
		why := taken(canary, list.Items)
		if why == "" {
			return admission.Allowed("")
		}
		if reader == c.Now {
			return admission.Denied(why)
		}
	}
	return admission.Allowed("")
}

// taken is why a Canary can't have its Service and its Deployment beside others, a sentence; empty: it can.
func taken(c *v1alpha1.Canary, others []v1alpha1.Canary) string {
	for i := range others {
		o := &others[i]
		if o.Name == c.Name || o.DeletionTimestamp != nil {
			continue
		}
		if o.Spec.Service.Name == c.Spec.Service.Name {
			return fmt.Sprintf("spec.service.name: Service %s has the Canary %s already; change or delete that one first", c.Spec.Service.Name, o.Name)
		}
		if a, b := c.Spec.TargetRef, o.Spec.TargetRef; a != nil && b != nil && a.Name == b.Name {
			return fmt.Sprintf("spec.targetRef.name: Deployment %s has the Canary %s already; change or delete that one first", a.Name, o.Name)
		}
	}
	return ""
}
