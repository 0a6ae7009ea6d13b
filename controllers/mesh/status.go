package mesh

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/ack"
	"github.com/weft-mesh/weft/internal/alert"
	"github.com/weft-mesh/weft/internal/apply"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/status"
)

// writeStatus tells what is in force.
func (o *Outputs) writeStatus(ctx context.Context, s *State) error {
	mesh := &v1alpha1.Mesh{}
	if err := o.Cluster.Reader.Get(ctx, client.ObjectKeyFromObject(s.Snapshot.Mesh), mesh); err != nil {
		return client.IgnoreNotFound(err)
	}
	stored := mesh.Status
	mesh.Spec, mesh.Generation = s.Snapshot.Mesh.Spec, s.Snapshot.Mesh.Generation // those of the build
	unsent, err := o.unsent(ctx, mesh)
	if err != nil {
		return err
	}
	in := status.MeshInput{
		Mesh:      mesh,
		Effective: s.Model.Mesh,
		Findings:  model.SortedFindings(slices.Concat(s.Model.Findings, s.Withheld, unsent)),
		Missing:   s.Snapshot.Missing,
		Scope:     status.Scope(s.Model, s.Scopes),
		Now:       time.Now(),
	}
	view := o.Fleet.View()
	in.Complete, in.Silent, in.Proxies = view.Complete, o.Fleet.Silent(), ack.UpToDate(view, s.Pods)
	index := ack.NewIndex(view, s.Pods)
	counted := func(route metav1.Object) status.Route {
		stamp := model.RouteStamp(route)
		acks := index.Count(model.Dependents(s.Model, s.Scopes, stamp.UID), stamp)
		return status.Route{Stamp: stamp, Generation: route.GetGeneration(), Acks: acks}
	}
	for _, route := range s.Snapshot.Routes {
		in.Routes = append(in.Routes, counted(route))
	}
	for _, route := range s.Snapshot.GRPCRoutes {
		in.GRPCRoutes = append(in.GRPCRoutes, counted(route))
	}
	if trust, ready := o.Certificates.Trust(); ready {
		in.RootNotAfter, in.IntermediateNotAfter = trust.RootNotAfter, trust.IntermediateNotAfter
	}
	mesh.Status = status.Mesh(in)
	if apply.Same(stored, mesh.Status) {
		return nil
	}
	return o.Writer.Status(ctx, apply.MeshStatus, mesh)
}

// unsent are findings about alerts whose Secret is missing.
func (o *Outputs) unsent(ctx context.Context, mesh *v1alpha1.Mesh) ([]model.Finding, error) {
	keys := map[string][]string{}
	for _, a := range mesh.Spec.Alerts {
		secret := &corev1.Secret{}
		key := client.ObjectKey{Namespace: o.Cluster.Namespace, Name: a.Slack.URLFrom.Name}
		err := o.Cluster.Reader.Get(ctx, key, secret)
		if apierrors.IsNotFound(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read Secret %s of alert %s: %w", key, a.Name, err)
		}
		keys[key.Name] = slices.Collect(maps.Keys(secret.Data))
	}
	return alert.Findings(mesh, o.Cluster.Namespace, keys), nil
}
