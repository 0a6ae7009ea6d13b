package main

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/agentserver"
	"github.com/weft-mesh/weft/internal/inject"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/status"
)

// pods answers from the cache which pods of joined namespaces there are.
type pods struct {
	reader client.Reader
	mesh   string
}

// Lookup is false for a pod that is not there, or not in the mesh.
func (p pods) Lookup(namespace, name string) (agentserver.Pod, bool) {
	ctx := context.Background() // the cache answers from memory
	pod := &corev1.Pod{}
	if p.reader.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, pod) != nil || !p.joined(namespace) {
		return agentserver.Pod{}, false
	}
	out := agentserver.Pod{UID: string(pod.UID), Account: model.IdentityOf(pod).Account, Terminating: pod.DeletionTimestamp != nil}
	if model.HasSidecar(pod) {
		out.Workload = model.WorkloadOf(pod).Name
		out.Place = p.place(ctx, pod.Spec.NodeName)
	}
	return out, true
}

// place is not known of a node that is not there.
func (p pods) place(ctx context.Context, name string) model.Place {
	node := nodeMetadata()
	if p.reader.Get(ctx, client.ObjectKey{Name: name}, node) != nil {
		return model.Place{}
	}
	return model.PlaceOf(node)
}

// nodeMetadata is a node without its spec and status: labels are all that is looked at.
func nodeMetadata() *metav1.PartialObjectMetadata {
	node := &metav1.PartialObjectMetadata{}
	node.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Node"))
	return node
}

// joined says whether a namespace is in the mesh. What comes before its label is not lost: the build that follows the
// label reads all that is there.
func (p pods) joined(namespace string) bool {
	home := &corev1.Namespace{}
	return p.reader.Get(context.Background(), client.ObjectKey{Name: namespace}, home) == nil && home.Labels[v1alpha1.LabelMesh] == p.mesh
}

// settings are what sidecars of a namespace get. It is false when the namespace names a mesh that does not exist.
func (o options) settings(reader client.Reader) func(namespace string) (inject.Settings, bool) {
	return func(namespace string) (inject.Settings, bool) {
		ctx := context.Background()
		home, mesh := &corev1.Namespace{}, &v1alpha1.Mesh{}
		if reader.Get(ctx, client.ObjectKey{Name: namespace}, home) != nil ||
			reader.Get(ctx, client.ObjectKey{Name: home.Labels[v1alpha1.LabelMesh]}, mesh) != nil || mesh.Name != o.mesh {
			return inject.Settings{}, false
		}
		out := inject.Settings{
			AgentImage:      o.agentImage,
			ImagePullPolicy: corev1.PullPolicy(o.pullPolicy),
			OperatorAddress: o.service() + ":15010",
			OperatorName:    o.service(),
			DrainSeconds:    status.DrainSeconds(mesh),
		}
		if mesh.Spec.Injection != nil && mesh.Spec.Injection.Resources != nil {
			out.Resources = *mesh.Spec.Injection.Resources
		}
		return out, true
	}
}

// service is the DNS name under which agents and the API server call the operator.
func (o options) service() string { return serviceName + "." + o.namespace + ".svc" }
