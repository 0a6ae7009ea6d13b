package uninstall

import (
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// remove deletes an object and then takes our finalizer off: once an object is being deleted, nobody can add it again.
func (r Runner) remove(ctx context.Context, object Object) error {
	err := r.Client.Delete(ctx, object.bare(), client.PropagationPolicy(propagation(object)))
	if gone(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("delete %s: %w", object, err)
	}
	r.say("  deleted %s", object)
	return r.release(ctx, object)
}

// propagation of the operator's Deployment is in the foreground: it is gone when its last pod is.
func propagation(object Object) metav1.DeletionPropagation {
	if object.Kind == deployment {
		return metav1.DeletePropagationForeground
	}
	return metav1.DeletePropagationBackground
}

func (r Runner) release(ctx context.Context, object Object) error {
	for {
		m := object.metadata()
		err := r.Client.Get(ctx, object.key(), m)
		if gone(err) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", object, err)
		}
		patch := client.MergeFromWithOptions(m.DeepCopy(), client.MergeFromWithOptimisticLock{})
		if !controllerutil.RemoveFinalizer(m, v1alpha1.Finalizer) {
			return nil
		}
		err = r.Client.Patch(ctx, m, patch)
		if apierrors.IsConflict(err) {
			continue
		}
		if err != nil && !gone(err) {
			return fmt.Errorf("take finalizer %s off %s: %w", v1alpha1.Finalizer, object, err)
		}
		return nil
	}
}

// awaitGone returns when none of the objects exists. One that was made anew is left to the next round.
func (r Runner) awaitGone(ctx context.Context, objects []Object) error {
	told := ""
	for {
		var left []Object
		for _, object := range objects {
			m := object.metadata()
			err := r.Client.Get(ctx, object.key(), m)
			if err != nil && !gone(err) {
				return fmt.Errorf("read %s: %w", object, err)
			}
			if err == nil && m.UID == object.UID {
				left = append(left, object)
			}
		}
		if len(left) == 0 {
			return nil
		}
		waiting := strings.Join(capped(left), ", ")
		if waiting != told {
			r.say("  waiting for %s to go", waiting)
			told = waiting
		}
		if err := r.Pause(ctx); err != nil {
			return fmt.Errorf("%s still there: %w", waiting, err)
		}
		objects = left
	}
}

func (o Object) metadata() *metav1.PartialObjectMetadata {
	m := &metav1.PartialObjectMetadata{}
	m.SetGroupVersionKind(o.Kind)
	m.SetNamespace(o.Namespace)
	m.SetName(o.Name)
	return m
}

// bare is the object as the client can delete it without knowing its Go type.
func (o Object) bare() *unstructured.Unstructured {
	u := &unstructured.Unstructured{}
	u.SetGroupVersionKind(o.Kind)
	u.SetNamespace(o.Namespace)
	u.SetName(o.Name)
	return u
}

func (o Object) key() client.ObjectKey { return client.ObjectKey{Namespace: o.Namespace, Name: o.Name} }

func gone(err error) bool { return apierrors.IsNotFound(err) || meta.IsNoMatchError(err) }
