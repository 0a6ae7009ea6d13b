package envtest

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// The namespace is no mesh's: NetworkPolicies select by these labels everywhere.
var _ = Describe("a pod's identity labels", Ordered, ContinueOnFailure, func() {
	const elsewhere = "elsewhere"

	BeforeAll(func(ctx SpecContext) {
		namespace(ctx, elsewhere, nil)
		Eventually(func() bool { return apierrors.IsForbidden(claim(ctx, elsewhere, "admin")) }).Should(BeTrue(), "the policy is in force")
		Eventually(func() error {
			return bind(ctx, pod(elsewhere, "none"), map[string]string{v1alpha1.LabelWorkload: "any"})
		}).Should(MatchError(ContainSubstring("a Binding can't set")), "the policy is in force")
	})

	DescribeTable("tell the truth at creation", func(ctx SpecContext, account, label string, taken bool) {
		wanted := pod(elsewhere, "cart")
		wanted.Spec.ServiceAccountName = account
		wanted.Labels = map[string]string{v1alpha1.LabelServiceAccount: label}
		_, err := try(ctx, wanted)
		if taken {
			Expect(err).NotTo(HaveOccurred())
			return
		}
		Expect(apierrors.IsForbidden(err)).To(BeTrue(), "%v", err)
		Expect(err).To(MatchError(ContainSubstring("metadata.labels[weft.dev/service-account]: the pod runs as ")))
	},
		Entry("the account", "cart", "cart", true),
		Entry("the account that the API server fills in", "", "default", true),
		Entry("another account", "cart", "default", false),
		Entry("another account than that which the API server fills in", "", "cart", false),
		Entry("nothing", "cart", "", false),
	)

	DescribeTable("stay as they are", func(ctx SpecContext, labels map[string]string, patch string, refused string) {
		for _, way := range []struct {
			name  string
			patch func(*corev1.Pod, client.Patch) error
		}{
			{"the pod", func(p *corev1.Pod, change client.Patch) error { return api.Patch(ctx, p, change) }},
			{"its status", func(p *corev1.Pod, change client.Patch) error { return api.Status().Patch(ctx, p, change) }},
		} {
			stored := pod(elsewhere, "cart")
			stored.Labels = labels
			Expect(api.Create(ctx, stored)).To(Succeed())
			err := way.patch(stored.DeepCopy(), merge(patch))
			Expect(api.Delete(ctx, stored, client.GracePeriodSeconds(0))).To(Succeed())
			if refused == "" {
				Expect(err).NotTo(HaveOccurred(), way.name)
				continue
			}
			Expect(apierrors.IsForbidden(err)).To(BeTrue(), "%s: %v", way.name, err)
			Expect(err).To(MatchError(ContainSubstring("metadata.labels["+refused+"]")), way.name)
		}
	},
		Entry("a changed account", stamped(), `{"metadata":{"labels":{"weft.dev/service-account":"admin"}}}`, v1alpha1.LabelServiceAccount),
		Entry("a removed account", stamped(), `{"metadata":{"labels":{"weft.dev/service-account":null}}}`, v1alpha1.LabelServiceAccount),
		Entry("all labels removed", stamped(), `{"metadata":{"labels":null}}`, v1alpha1.LabelServiceAccount),
		Entry("an added false account", nil, `{"metadata":{"labels":{"weft.dev/service-account":"admin"}}}`, v1alpha1.LabelServiceAccount),
		Entry("a changed workload", stamped(), `{"metadata":{"labels":{"weft.dev/workload":"admin"}}}`, v1alpha1.LabelWorkload),
		Entry("a removed workload", stamped(), `{"metadata":{"labels":{"weft.dev/workload":null}}}`, v1alpha1.LabelWorkload),
		Entry("an added workload", nil, `{"metadata":{"labels":{"weft.dev/workload":"admin"}}}`, v1alpha1.LabelWorkload),
		Entry("an added true account", nil, `{"metadata":{"labels":{"weft.dev/service-account":"cart"}}}`, ""),
		Entry("another label", stamped(), `{"metadata":{"labels":{"app":"cart"}}}`, ""),
	)

	DescribeTable("are not set by way of a Binding", func(ctx SpecContext, label string, refused bool) {
		stored := pod(elsewhere, "bound")
		Expect(api.Create(ctx, stored)).To(Succeed())
		DeferCleanup(api.Delete, stored, client.GracePeriodSeconds(0))
		err := bind(ctx, stored, map[string]string{label: "admin"})
		if !refused {
			Expect(err).NotTo(HaveOccurred())
			return
		}
		Expect(apierrors.IsForbidden(err)).To(BeTrue(), "%v", err)
		Expect(err).To(MatchError(ContainSubstring("a Binding can't set")))
	},
		Entry("an account", v1alpha1.LabelServiceAccount, true),
		Entry("a workload", v1alpha1.LabelWorkload, true),
		Entry("another label", "topology.kubernetes.io/zone", false),
	)
})

func stamped() map[string]string {
	return map[string]string{v1alpha1.LabelServiceAccount: "cart", v1alpha1.LabelWorkload: "cart"}
}

// claim tries a pod of the account cart that says to be another's.
func claim(ctx SpecContext, namespace, account string) error {
	liar := pod(namespace, "liar")
	liar.Labels = map[string]string{v1alpha1.LabelServiceAccount: account}
	_, err := try(ctx, liar)
	return err
}

// bind puts a pod on a node, as a scheduler does, with labels for the pod.
func bind(ctx SpecContext, pod *corev1.Pod, labels map[string]string) error {
	return api.SubResource("binding").Create(ctx, pod, &corev1.Binding{
		ObjectMeta: metav1.ObjectMeta{Namespace: pod.Namespace, Name: pod.Name, Labels: labels},
		Target:     corev1.ObjectReference{Kind: "Node", Name: "node"},
	})
}
