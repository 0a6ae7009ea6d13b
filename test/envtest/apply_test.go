package envtest

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

const user = client.FieldOwner("user")

var _ = Describe("server-side apply", func() {
	apply := func(ctx SpecContext, text string, owner client.FieldOwner) error {
		return api.Apply(ctx, client.ApplyConfigurationFromUnstructured(object(text)), owner)
	}

	It("of a user and of the operator do not fight about a Policy [B06]", func(ctx SpecContext) {
		Expect(apply(ctx, samples["Policy"], user)).To(Succeed())
		policy := &v1alpha1.Policy{}
		policy.Namespace, policy.Name = "default", "sample"
		DeferCleanup(remove, policy)

		operator := as(operatorAccount)
		finalize(ctx, operator, policy, v1alpha1.Finalizer)
		policy.Status.ObservedGeneration = 1
		Expect(operator.Status().Update(ctx, policy, client.FieldOwner(v1alpha1.FieldManager))).To(Succeed())

		before := policy.ResourceVersion
		Expect(apply(ctx, samples["Policy"], user)).To(Succeed())
		Expect(api.Get(ctx, client.ObjectKeyFromObject(policy), policy)).To(Succeed())
		Expect(policy.ResourceVersion).To(Equal(before), "nothing has changed")
		Expect(policy.Finalizers).To(ConsistOf(v1alpha1.Finalizer))
		Expect(policy.Status.ObservedGeneration).To(Equal(int64(1)))
	})

	It("of two users meets only where both own a field [B06]", func(ctx SpecContext) {
		Expect(apply(ctx, samples["Mesh"], user)).To(Succeed())
		mesh := object(samples["Mesh"])
		DeferCleanup(api.Delete, mesh)
		other := func(field string, value any) error {
			part := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "weft.dev/v1alpha1", "kind": "Mesh",
				"metadata": map[string]any{"name": "sample"},
				"spec":     map[string]any{"mtls": map[string]any{"mode": "Strict"}, "injection": map[string]any{field: value}}}}
			return api.Apply(ctx, client.ApplyConfigurationFromUnstructured(part), client.FieldOwner("other"))
		}

		Expect(other("resources", map[string]any{"limits": map[string]any{"memory": "1Gi"}})).To(Succeed())
		Expect(apply(ctx, samples["Mesh"], user)).To(Succeed())
		limits, _, err := unstructured.NestedString(read(ctx, mesh).Object, "spec", "injection", "resources", "limits", "memory")
		Expect(err).NotTo(HaveOccurred())
		Expect(limits).To(Equal("1Gi"))

		err = other("drainSeconds", int64(9))
		Expect(apierrors.IsConflict(err)).To(BeTrue(), "%v", err)
		Expect(err).To(MatchError(ContainSubstring(".spec.injection.drainSeconds")))
	})
})

// finalize sets the finalizers of a Policy as the operator does.
func finalize(ctx SpecContext, c client.Client, policy *v1alpha1.Policy, finalizers ...string) {
	GinkgoHelper()
	Expect(api.Get(ctx, client.ObjectKeyFromObject(policy), policy)).To(Succeed())
	before := policy.DeepCopy()
	policy.Finalizers = finalizers
	Expect(c.Patch(ctx, policy, client.MergeFrom(before))).To(Succeed())
}

// remove deletes a Policy that may have a finalizer.
func remove(ctx SpecContext, policy *v1alpha1.Policy) {
	GinkgoHelper()
	Expect(api.Delete(ctx, policy)).To(Succeed())
	if len(policy.Finalizers) > 0 {
		finalize(ctx, as(operatorAccount), policy)
	}
	Expect(apierrors.IsNotFound(api.Get(ctx, client.ObjectKeyFromObject(policy), policy))).To(BeTrue())
}
