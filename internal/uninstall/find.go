package uninstall

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/hold"
)

// pageSize is how many objects the API server is asked for at a time.
const pageSize = 500

// Find looks for everything of weft. home is the operator's namespace.
func Find(ctx context.Context, c client.Client, home string) (Found, error) {
	found := Found{Objects: map[Stage][]Object{}}
	for _, s := range sources {
		objects, err := s.find(ctx, c, home)
		if err != nil {
			return Found{}, fmt.Errorf("look for %s objects: %w", s.kind.Kind, err)
		}
		found.Objects[s.stage] = append(found.Objects[s.stage], objects...)
	}
	pods, err := findPods(ctx, c)
	if err != nil {
		return Found{}, err
	}
	found.Waiting = slices.DeleteFunc(slices.Clone(pods), func(p Pod) bool { return !p.Waiting || p.Terminating || p.Finished })
	found.Pods = slices.DeleteFunc(pods, func(p Pod) bool { return !p.Injected })
	if found.Joined, err = findJoined(ctx, c); err != nil {
		return Found{}, err
	}
	return found, findOperators(ctx, c, home, &found)
}

// find lists the objects of one kind and keeps ours. A kind that the cluster does not know has none.
func (s source) find(ctx context.Context, c client.Client, home string) ([]Object, error) {
	var options []client.ListOption
	if s.home {
		options = append(options, client.InNamespace(home))
	}
	var objects []Object
	err := eachMetadata(ctx, c, s.kind, options, func(m metav1.PartialObjectMetadata) {
		if s.ours(m) && (s.kind != namespace || m.Name == home) {
			objects = append(objects, Object{Kind: s.kind, Namespace: m.Namespace, Name: m.Name, UID: m.UID})
		}
	})
	return objects, err
}

func (s source) ours(m metav1.PartialObjectMetadata) bool {
	_, made := m.Labels[v1alpha1.LabelManagedBy]
	return s.all || slices.Contains(s.names, m.Name) || s.made && made || s.parts && m.Labels[LabelPartOf] == PartOf
}

// findOperators sees who keeps the operator alive, and operators in other namespaces.
func findOperators(ctx context.Context, c client.Client, home string, found *Found) error {
	err := eachMetadata(ctx, c, deployment, nil, func(m metav1.PartialObjectMetadata) {
		if m.Name != Operator || m.Labels[LabelPartOf] != PartOf {
			return
		}
		if m.Namespace != home {
			found.Elsewhere = append(found.Elsewhere, m.Namespace)
		}
		for _, owner := range m.OwnerReferences {
			if owner.Kind == "ClusterServiceVersion" {
				found.Package = path(m.Namespace, owner.Name)
			}
		}
	})
	slices.Sort(found.Elsewhere)
	if err != nil {
		return fmt.Errorf("look for operators: %w", err)
	}
	return nil
}

func findJoined(ctx context.Context, c client.Client) ([]string, error) {
	var joined []string
	hasLabel := []client.ListOption{client.HasLabels{v1alpha1.LabelMesh}}
	err := eachMetadata(ctx, c, namespace, hasLabel, func(m metav1.PartialObjectMetadata) { joined = append(joined, m.Name) })
	slices.Sort(joined)
	if err != nil {
		return nil, fmt.Errorf("look for joined namespaces: %w", err)
	}
	return joined, nil
}

func eachMetadata(ctx context.Context, c client.Client, kind schema.GroupVersionKind, options []client.ListOption, visit func(metav1.PartialObjectMetadata)) error {
	next := ""
	for {
		list := &metav1.PartialObjectMetadataList{}
		list.SetGroupVersionKind(kind.GroupVersion().WithKind(kind.Kind + "List"))
		err := c.List(ctx, list, append(slices.Clone(options), client.Limit(pageSize), client.Continue(next))...)
		if meta.IsNoMatchError(err) || apierrors.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, m := range list.Items {
			visit(m)
		}
		if next = list.Continue; next == "" {
			return nil
		}
	}
}

// findPods lists all pods of the cluster. Annotations can't be selected by.
func findPods(ctx context.Context, c client.Client) ([]Pod, error) {
	var pods []Pod
	next := ""
	for {
		list := &corev1.PodList{}
		if err := c.List(ctx, list, client.Limit(pageSize), client.Continue(next)); err != nil {
			return nil, fmt.Errorf("look for pods with a sidecar: %w", err)
		}
		for i := range list.Items {
			pods = append(pods, podOf(&list.Items[i]))
		}
		if next = list.Continue; next == "" {
			return sorted(pods, comparePods), nil
		}
	}
}

func podOf(p *corev1.Pod) Pod {
	_, injected := p.Annotations[v1alpha1.AnnotationInjected]
	out := Pod{
		Namespace: p.Namespace, Name: p.Name, UID: p.UID, Injected: injected,
		Waiting:     hold.Waiting(p),
		Terminating: p.DeletionTimestamp != nil,
		Finished:    p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed,
	}
	for _, condition := range p.Status.Conditions {
		if condition.Type == corev1.PodReady {
			out.Ready = condition.Status == corev1.ConditionTrue
		}
	}
	if owner := metav1.GetControllerOf(p); owner != nil {
		out.Owner = Owner{Kind: owner.Kind, Name: owner.Name, UID: owner.UID}
	}
	return out
}
