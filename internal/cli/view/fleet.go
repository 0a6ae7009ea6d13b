package view

import (
	"cmp"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// Fleet is all that a status shows.
type Fleet struct {
	Operators []Operator
	Meshes    []v1alpha1.Mesh
	Policies  []v1alpha1.Policy
	Canaries  []v1alpha1.Canary
	// Namespace limits Policies and Canaries. Empty, they are from all namespaces.
	Namespace string
}

// Operator is one installed operator.
type Operator struct {
	Namespace, Name string
	Ready, Wanted   int32
}

// Problems says, in a fixed order, what is not Ready.
func (f Fleet) Problems() []string {
	var out []string
	for _, o := range f.Operators {
		if o.Ready == 0 || o.Ready < o.Wanted {
			out = append(out, fmt.Sprintf("operator %s/%s: %d of %d replicas are ready", o.Namespace, o.Name, o.Ready, o.Wanted))
		}
	}
	if len(f.Meshes) == 0 {
		out = append(out, "there is no Mesh")
	}
	for _, m := range f.Meshes {
		out = append(out, unready("Mesh "+m.Name, m.Generation, m.Status.ObservedGeneration, m.Status.Conditions)...)
	}
	for _, p := range f.Policies {
		out = append(out, unready("Policy "+p.Namespace+"/"+p.Name, p.Generation, p.Status.ObservedGeneration, p.Status.Conditions)...)
	}
	for _, c := range f.Canaries {
		out = append(out, unready("Canary "+c.Namespace+"/"+c.Name, c.Generation, c.Status.ObservedGeneration, c.Status.Conditions)...)
	}
	return out
}

// sorted returns the fleet with its objects in the order of their names. What came in stays as it is.
func (f Fleet) sorted() Fleet {
	f.Operators = slices.SortedFunc(slices.Values(f.Operators), func(a, b Operator) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	f.Meshes = slices.SortedFunc(slices.Values(f.Meshes), func(a, b v1alpha1.Mesh) int { return byName(&a, &b) })
	f.Policies = slices.SortedFunc(slices.Values(f.Policies), func(a, b v1alpha1.Policy) int { return byName(&a, &b) })
	f.Canaries = slices.SortedFunc(slices.Values(f.Canaries), func(a, b v1alpha1.Canary) int { return byName(&a, &b) })
	return f
}

func byName(a, b metav1.Object) int {
	return cmp.Or(cmp.Compare(a.GetNamespace(), b.GetNamespace()), cmp.Compare(a.GetName(), b.GetName()))
}

func unready(name string, generation, observed int64, conditions []metav1.Condition) []string {
	ready := meta.FindStatusCondition(conditions, v1alpha1.ConditionReady)
	switch {
	case ready == nil:
		return []string{name + ": the operator has not looked at it yet"}
	case observed < generation:
		return []string{fmt.Sprintf("%s: the operator has not looked at generation %d yet", name, generation)}
	case ready.Status != metav1.ConditionTrue:
		return []string{fmt.Sprintf("%s: not Ready (%s): %s", name, ready.Reason, ready.Message)}
	default:
		return nil
	}
}

// wrong are the conditions that need somebody's attention, one line each. Reconciling is not one: it is work under way.
// Ready is among the Problems.
func wrong(conditions []metav1.Condition) []string {
	var out []string
	for _, c := range conditions {
		isGood := metav1.ConditionTrue
		switch c.Type {
		case v1alpha1.ConditionReconciling, v1alpha1.ConditionReady:
			continue
		case v1alpha1.ConditionStalled:
			isGood = metav1.ConditionFalse
		}
		if c.Status != isGood {
			out = append(out, fmt.Sprintf("%s is %s (%s): %s", c.Type, c.Status, c.Reason, c.Message))
		}
	}
	slices.Sort(out)
	return out
}
