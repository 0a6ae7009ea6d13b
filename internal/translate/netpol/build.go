package netpol

import (
	"cmp"
	"slices"

	networking "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model"
)

// Build returns the NetworkPolicies of a mesh; none if it makes none.
func Build(m *model.Model) []*networking.NetworkPolicy {
	if !m.Mesh.NetworkPolicy {
		return nil
	}
	accounts := map[model.Key]int{} // by namespace and label
	for _, w := range m.Workloads {
		accounts[labelOf(w)]++
	}
	var out []*networking.NetworkPolicy
	for _, w := range m.Workloads {
		if w.Network.Isolated {
			out = append(out, build(m.Mesh, w, accounts[labelOf(w)] > 1))
		}
	}
	slices.SortFunc(out, func(a, b *networking.NetworkPolicy) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	return out
}

func build(mesh model.Mesh, w model.Workload, shared bool) *networking.NetworkPolicy {
	return &networking.NetworkPolicy{
		TypeMeta: metav1.TypeMeta{APIVersion: networking.SchemeGroupVersion.String(), Kind: "NetworkPolicy"},
		ObjectMeta: metav1.ObjectMeta{
			Namespace:       w.Namespace,
			Name:            name(w, shared),
			Labels:          map[string]string{v1alpha1.LabelManagedBy: mesh.Name},
			OwnerReferences: owner(mesh),
		},
		Spec: networking.NetworkPolicySpec{
			PodSelector: metav1.LabelSelector{MatchLabels: podLabels(w)},
			PolicyTypes: []networking.PolicyType{networking.PolicyTypeIngress},
			Ingress:     ingress(w.Network.Rules),
		},
	}
}

func labelOf(w model.Workload) model.Key { return model.Key{Namespace: w.Namespace, Name: w.Label} }

// owner makes the objects go with the Mesh.
func owner(mesh model.Mesh) []metav1.OwnerReference {
	if mesh.UID == "" {
		return nil
	}
	yes := true
	return []metav1.OwnerReference{{
		APIVersion: v1alpha1.GroupVersion.String(), Kind: "Mesh", Name: mesh.Name, UID: types.UID(mesh.UID), Controller: &yes,
	}}
}

// podLabels select the pods of a workload. A pod whose account doesn't fit into a label has no label for it.
func podLabels(w model.Workload) map[string]string {
	labels := map[string]string{v1alpha1.LabelWorkload: w.Label}
	if fits(w.Account.Account) {
		labels[v1alpha1.LabelServiceAccount] = w.Account.Account
	}
	return labels
}

func fits(account string) bool { return len(account) <= validation.LabelValueMaxLength }
