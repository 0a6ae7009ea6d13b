// Package apply is the edge out: the only place that writes to the API server.
//
// In: objects as they should be. Out: as few calls as possible. Objects of our own are applied by the server under one
// field manager; status is replaced under the resource version that the decision was made from, so a decision made from
// an old state is refused and made again.
package apply

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/failpoint"
)

// Writer writes to the API server.
type Writer struct{ client client.Client }

// NewWriter wraps a client. Nothing else should keep it.
func NewWriter(c client.Client) Writer { return Writer{c} }

// Apply makes an object of our own be as given.
func (w Writer) Apply(ctx context.Context, name failpoint.Name, object client.Object) error {
	kind, err := apiutil.GVKForObject(object, w.client.Scheme())
	if err != nil {
		return err
	}
	fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		return err
	}
	wanted := &unstructured.Unstructured{Object: fields}
	wanted.SetGroupVersionKind(kind)
	unstructured.RemoveNestedField(fields, "metadata", "creationTimestamp")
	unstructured.RemoveNestedField(fields, "status")
	return pass(name, describe("apply", object), func() error {
		return w.client.Apply(ctx, client.ApplyConfigurationFromUnstructured(wanted), client.FieldOwner(v1alpha1.FieldManager), client.ForceOwnership)
	})
}

// Create makes an object that must not exist yet.
func (w Writer) Create(ctx context.Context, name failpoint.Name, object client.Object) error {
	return pass(name, describe("create", object), func() error { return w.client.Create(ctx, object) })
}

// Update replaces an object of our own under its resource version.
func (w Writer) Update(ctx context.Context, name failpoint.Name, object client.Object) error {
	return pass(name, describe("update", object), func() error { return w.client.Update(ctx, object) })
}

// Replace makes an object of our own be as given, under the resource version of old. Unlike Apply it also takes away
// what others have added to lists.
func (w Writer) Replace(ctx context.Context, name failpoint.Name, old, object client.Object) error {
	patch := client.MergeFromWithOptions(old, client.MergeFromWithOptimisticLock{})
	return pass(name, describe("replace", object), func() error { return w.client.Patch(ctx, object, patch) })
}

// Status replaces the status of an object under its resource version.
func (w Writer) Status(ctx context.Context, name failpoint.Name, object client.Object) error {
	return pass(name, describe("update status of", object), func() error { return w.client.Status().Update(ctx, object) })
}

// Delete removes an object of our own. One that is gone already is no error.
func (w Writer) Delete(ctx context.Context, name failpoint.Name, object client.Object) error {
	return pass(name, describe("delete", object), func() error {
		return client.IgnoreNotFound(w.client.Delete(ctx, object))
	})
}

// Finalizer sets or removes our finalizer and nothing else of an object that is a user's.
func (w Writer) Finalizer(ctx context.Context, name failpoint.Name, object client.Object, present bool) error {
	changed := object.DeepCopyObject().(client.Object)
	edit := controllerutil.RemoveFinalizer
	if present {
		edit = controllerutil.AddFinalizer
	}
	if !edit(changed, v1alpha1.Finalizer) {
		return nil
	}
	patch := client.MergeFromWithOptions(object, client.MergeFromWithOptimisticLock{})
	return pass(name, describe("edit finalizers of", object), func() error {
		return client.IgnoreNotFound(w.client.Patch(ctx, changed, patch))
	})
}

func pass(name failpoint.Name, what string, write func() error) error {
	failpoint.Pass(name, "before")
	err := write()
	failpoint.Pass(name, "after")
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

func describe(verb string, object client.Object) string {
	return fmt.Sprintf("%s %T %s", verb, object, client.ObjectKeyFromObject(object))
}

// Outdated says that a write was refused because it was decided from an old state. It is decided anew.
func Outdated(err error) bool { return apierrors.IsConflict(err) || apierrors.IsNotFound(err) }

// Same says whether two values are stored alike.
func Same(a, b any) bool { return equality.Semantic.DeepEqual(a, b) }
