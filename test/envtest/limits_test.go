package envtest

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	networking "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// The roles allow each of these requests; weft-operator-limits refuses some. It says nothing to anybody else.
var _ = Describe("the limits of the operator's account", Ordered, ContinueOnFailure, func() {
	var operator client.Client
	var policy *v1alpha1.Policy

	BeforeAll(func(ctx SpecContext) {
		operator = as(operatorAccount)
		Eventually(func() error {
			return operator.Create(ctx, isolation("probe", nil), client.DryRunAll)
		}).Should(MatchError(ContainSubstring("must label")), "the policy is in force")
	})

	BeforeEach(func(ctx SpecContext) {
		policy = &v1alpha1.Policy{}
		Expect(scheme.Convert(object(samples["Policy"]), policy, nil)).To(Succeed())
		policy.Name, policy.Labels, policy.Annotations = "limits", map[string]string{"team": "shop"}, map[string]string{"note": "keep"}
		Expect(api.Create(ctx, policy)).To(Succeed())
		DeferCleanup(func(ctx SpecContext) {
			Expect(api.Patch(ctx, policy, merge(`{"metadata":{"finalizers":null}}`))).To(Succeed())
			Expect(api.Delete(ctx, policy)).To(Succeed())
		})
	})

	DescribeTable("of a Policy leave it the finalizer only [D11]", func(ctx SpecContext, patch, refused string) {
		Expect(api.Patch(ctx, policy.DeepCopy(), merge(patch), client.DryRunAll)).To(Succeed(), "an administrator may")
		err := operator.Patch(ctx, policy.DeepCopy(), merge(patch))
		if refused == "" {
			Expect(err).NotTo(HaveOccurred())
			return
		}
		Expect(apierrors.IsInvalid(err)).To(BeTrue(), "%v", err)
		Expect(err).To(MatchError(ContainSubstring(refused)))
	},
		Entry("adding it", `{"metadata":{"finalizers":["weft.dev/unwind"]}}`, ""),
		Entry("taking it away", `{"metadata":{"finalizers":null}}`, ""),
		Entry("a change of nothing", `{}`, ""),
		Entry("the spec", `{"spec":{"access":{"allow":null}}}`, "must not change the spec"),
		Entry("a field of the spec taken away", `{"spec":{"mode":null}}`, "must not change the spec"),
		Entry("the spec beside the finalizer", `{"metadata":{"finalizers":["weft.dev/unwind"]},"spec":{"access":{"allow":null}}}`, "must not change the spec"),
		Entry("an owner", `{"metadata":{"ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"gone","uid":"1"}]}}`, "must not change owners"),
		Entry("somebody's finalizer", `{"metadata":{"finalizers":["example.com/mine"]}}`, "nor finalizers of others"),
		Entry("a label", `{"metadata":{"labels":{"team":"other"}}}`, "must not change labels"),
		Entry("all labels", `{"metadata":{"labels":null}}`, "must not change labels"),
		Entry("a new annotation", `{"metadata":{"annotations":{"weft.dev/x":"y"}}}`, "must not change labels or annotations"),
	)

	It("leave it the status, whose way can't change the spec [D11]", func(ctx SpecContext) {
		changed := policy.DeepCopy()
		changed.Status.ObservedGeneration, changed.Spec.Access.Allow = 1, nil
		Expect(operator.Status().Update(ctx, changed)).To(Succeed())
		Expect(api.Get(ctx, client.ObjectKeyFromObject(policy), changed)).To(Succeed())
		Expect(changed.Status.ObservedGeneration).To(Equal(int64(1)))
		Expect(changed.Spec).To(Equal(policy.Spec))
		Expect(changed.Generation).To(Equal(policy.Generation))
	})

	// The way of the status must not be a way around the limits, whether the API server refuses the rest or drops it.
	It("hold on the way of the status, too", func(ctx SpecContext) {
		changed := policy.DeepCopy()
		changed.Labels, changed.Annotations = map[string]string{"team": "other"}, map[string]string{"note": "gone"}
		_ = operator.Status().Update(ctx, changed)
		Expect(api.Get(ctx, client.ObjectKeyFromObject(policy), changed)).To(Succeed())
		Expect(changed.Labels).To(Equal(policy.Labels))
		Expect(changed.Annotations).To(Equal(policy.Annotations))
	})

	It("leave it the NetworkPolicies that carry its label", func(ctx SpecContext) {
		ours := isolation("ours", managed())
		Expect(operator.Create(ctx, ours)).To(Succeed())
		Expect(operator.Patch(ctx, ours, merge(`{"spec":{"podSelector":{"matchLabels":{"app":"cart"}}}}`))).To(Succeed())
		Expect(operator.Delete(ctx, ours)).To(Succeed())
	})

	DescribeTable("keep it from NetworkPolicies of others [D11]",
		func(ctx SpecContext, labels map[string]string, write func(SpecContext, client.Client, client.Object) error, refused string) {
			stored := isolation("stored", labels)
			Expect(api.Create(ctx, stored)).To(Succeed())
			DeferCleanup(api.Delete, stored)
			err := write(ctx, operator, stored.DeepCopy())
			Expect(apierrors.IsInvalid(err)).To(BeTrue(), "%v", err)
			Expect(err).To(MatchError(ContainSubstring(refused)))
			Expect(write(ctx, api, stored.DeepCopy())).To(Succeed(), "an administrator may")
		},
		Entry("making one without the label", nil, func(ctx SpecContext, c client.Client, _ client.Object) error {
			return c.Create(ctx, isolation("new", nil), client.DryRunAll)
		}, "must label"),
		Entry("changing one", nil, patched(`{"spec":{"podSelector":{"matchLabels":{"app":"cart"}}}}`), "must label"),
		Entry("taking one over", nil, patched(`{"metadata":{"labels":{"weft.dev/managed-by":"default"}}}`), "must not touch"),
		Entry("giving its own away", managed(), patched(`{"metadata":{"labels":{"weft.dev/managed-by":null}}}`), "must label"),
		Entry("deleting one", nil, func(ctx SpecContext, c client.Client, stored client.Object) error {
			return c.Delete(ctx, stored, client.DryRunAll)
		}, "must not touch"),
	)
})

func managed() map[string]string { return map[string]string{v1alpha1.LabelManagedBy: "default"} }

func merge(patch string) client.Patch {
	return client.RawPatch("application/merge-patch+json", []byte(patch))
}

// patched changes an object without keeping the change.
func patched(patch string) func(SpecContext, client.Client, client.Object) error {
	return func(ctx SpecContext, c client.Client, stored client.Object) error {
		return c.Patch(ctx, stored, merge(patch), client.DryRunAll)
	}
}

// isolation is a NetworkPolicy that lets nobody in.
func isolation(name string, labels map[string]string) *networking.NetworkPolicy {
	return &networking.NetworkPolicy{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name, Labels: labels},
		Spec:       networking.NetworkPolicySpec{PodSelector: metav1.LabelSelector{MatchLabels: map[string]string{"app": "any"}}},
	}
}
