package mesh

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// Homes tells from the labels of namespaces who looks after their objects.
type Homes struct {
	Reader   client.Reader
	Operator string // the operator's own namespace, which is in no mesh
}

// Outside says that no mesh looks after a namespace. It is false where another control plane does, and where this one
// will as soon as its next build has seen the label.
func (h Homes) Outside(ctx context.Context, namespace string) (bool, error) {
	home := &corev1.Namespace{}
	if err := h.Reader.Get(ctx, client.ObjectKey{Name: namespace}, home); err != nil {
		return false, fmt.Errorf("look whether namespace %s has joined a mesh: %w", namespace, err)
	}
	name := home.Labels[v1alpha1.LabelMesh]
	if name == "" || namespace == h.Operator {
		return true, nil
	}
	err := h.Reader.Get(ctx, client.ObjectKey{Name: name}, &v1alpha1.Mesh{})
	if client.IgnoreNotFound(err) != nil {
		return false, fmt.Errorf("look whether mesh %s exists: %w", name, err)
	}
	return err != nil, nil
}
