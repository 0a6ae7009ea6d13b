package crash

import (
	"context"
	"testing"

	. "github.com/onsi/gomega"
	admission "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// A namespace in which no NetworkPolicy can be stored, by a quota or a rule of its own, holds up its own Policies only.
func TestNamespaceWithoutNetworkPolicies(t *testing.T) {
	reset(t)
	forbidNetworkPolicies(t, "closed")
	t.Cleanup(start(t, "weft-operator-0", "127.0.53.1", "").kill)
	create(t, mesh())
	for _, home := range []string{"closed", "open"} {
		create(t, namespace(home, nil), meshed(pod(home, "cart", nil), "cart"))
		join(t, home)
	}
	await(t, "the rule to be in force", func(g Gomega) {
		g.Expect(apierrors.IsInvalid(api.Create(t.Context(), isolation("closed"), client.DryRunAll))).To(BeTrue())
	})
	stuck, free := policy("closed", "rules", "cart", "web"), policy("open", "rules", "cart", "web")
	create(t, stuck, free)
	settled(t, free)
	if err := api.Get(t.Context(), client.ObjectKeyFromObject(stuck), stuck); err != nil {
		t.Fatal(err)
	}
	if got := told(stuck.Status.Conditions)["Ready"]; got != "False Pending" {
		t.Errorf("the Policy of the closed namespace: Ready is %s", got)
	}
}

func isolation(home string) *networking.NetworkPolicy {
	return &networking.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: home, Name: "probe"}}
}

func forbidNetworkPolicies(t *testing.T, home string) {
	t.Helper()
	fail := admission.Fail
	rule := &admission.ValidatingAdmissionPolicy{
		ObjectMeta: metav1.ObjectMeta{Name: "closed"},
		Spec: admission.ValidatingAdmissionPolicySpec{
			FailurePolicy: &fail,
			MatchConstraints: &admission.MatchResources{
				NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: home}},
				ResourceRules: []admission.NamedRuleWithOperations{{RuleWithOperations: admission.RuleWithOperations{
					Operations: []admission.OperationType{admission.Create},
					Rule:       admission.Rule{APIGroups: []string{networking.GroupName}, APIVersions: []string{"v1"}, Resources: []string{"networkpolicies"}},
				}}},
			},
			Validations: []admission.Validation{{Expression: "false", Message: "not here"}},
		},
	}
	binding := &admission.ValidatingAdmissionPolicyBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "closed"},
		Spec: admission.ValidatingAdmissionPolicyBindingSpec{
			PolicyName: "closed", ValidationActions: []admission.ValidationAction{admission.Deny},
		},
	}
	create(t, rule, binding)
	t.Cleanup(func() {
		for _, o := range []client.Object{binding, rule} {
			if err := api.Delete(context.Background(), o); err != nil {
				t.Error(err)
			}
		}
	})
}
