package uninstall

import (
	"cmp"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

// Object is one object to be deleted.
type Object struct {
	Kind            schema.GroupVersionKind
	Namespace, Name string
	UID             types.UID // tells an object from one that was made anew under its name
}

func (o Object) String() string { return o.Kind.Kind + " " + path(o.Namespace, o.Name) }

func path(namespace, name string) string {
	if namespace == "" {
		return name
	}
	return namespace + "/" + name
}

// Pod is what matters here of a pod.
type Pod struct {
	Namespace, Name string
	UID             types.UID
	Owner           Owner
	Injected        bool // it has our sidecar
	Waiting         bool // our readiness gate is closed
	Ready           bool
	Terminating     bool
	Finished        bool // its containers have ended for good
}

func (p Pod) String() string { return path(p.Namespace, p.Name) }

// Owner is the controller of a pod. A bare pod's is empty.
type Owner struct {
	Kind, Name string
	UID        types.UID
}

// replaceable says whether evicting the pod gives a plain one in its place. A Job's pod would lose its work; it ends by
// itself.
func (p Pod) replaceable() bool {
	return p.Owner.UID != "" && p.Owner.Kind != "Job" && p.Owner.Kind != "Node"
}

// live says whether the pod runs our sidecar and nobody has asked it to end.
func (p Pod) live() bool { return p.Injected && !p.Finished && !p.Terminating }

// Found is what a cluster has of weft.
type Found struct {
	Objects map[Stage][]Object
	Pods    []Pod
	// Waiting are the pods, with a sidecar or without, whose gate is closed.
	Waiting []Pod
	// Joined are the namespaces that carry the label of a mesh. The label is the user's and stays.
	Joined []string
	// Elsewhere are operators in other namespaces than the one looked at.
	Elsewhere []string
	// Package is the OLM package version that owns the operator and would make it anew. Empty for other installs.
	Package string
}

func compareObjects(a, b Object) int {
	return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
}

func comparePods(a, b Pod) int {
	return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
}

func sorted[T any](items []T, compare func(a, b T) int) []T {
	out := slices.Clone(items)
	slices.SortStableFunc(out, compare)
	return out
}
