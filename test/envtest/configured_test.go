package envtest

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	admissionregistration "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/weft-mesh/weft/controllers/certificates"
	operator "github.com/weft-mesh/weft/internal/apply"
	"github.com/weft-mesh/weft/internal/leader"
	"github.com/weft-mesh/weft/webhook"
)

var _ = Describe("the webhook's configuration", Ordered, ContinueOnFailure, func() {
	const shop = "configured"
	var loop *certificates.Controller

	stored := func(ctx SpecContext) *admissionregistration.MutatingWebhookConfiguration {
		GinkgoHelper()
		out := &admissionregistration.MutatingWebhookConfiguration{}
		Expect(api.Get(ctx, client.ObjectKey{Name: webhook.ConfigurationName}, out)).To(Succeed())
		return out
	}
	reconciled := func(ctx SpecContext) {
		GinkgoHelper()
		_, err := loop.Reconcile(ctx, reconcile.Request{})
		Expect(err).NotTo(HaveOccurred())
	}

	BeforeAll(func(ctx SpecContext) {
		namespace(ctx, shop, joined)
		account := as(operatorAccount)
		running, stop := context.WithCancel(context.WithoutCancel(ctx))
		DeferCleanup(stop)
		begun := make(chan struct{})
		term := &leader.Term{}
		term.OnBegin(func() { close(begun) })
		go term.Lead(running)
		<-begun
		loop = &certificates.Controller{
			Reader: account, Writer: operator.NewWriter(account), Term: term, Namespace: operatorNamespace, Mesh: "absent",
			CA: &certificates.CA{},
			Webhook: &certificates.Webhook{
				Service: "weft-operator", Port: 443, Names: webhookNames, ServedByAll: func(string) bool { return true },
			},
		}
		DeferCleanup(func(ctx SpecContext) {
			secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: operatorNamespace, Name: certificates.WebhookSecret}}
			Expect(api.Delete(ctx, secret)).To(Succeed())
		})
		DeferCleanup(uninstall, shop)
		reconciled(ctx)
	})

	It("is written once", func(ctx SpecContext) {
		before := stored(ctx)
		reconciled(ctx)
		Expect(stored(ctx).ResourceVersion).To(Equal(before.ResourceVersion))
	})

	It("asks about the pods and ReplicaSets of a held rollout while there is one, and is written once for it", func(ctx SpecContext) {
		names := func() (out []string) {
			for _, w := range stored(ctx).Webhooks {
				out = append(out, w.Name)
			}
			return out
		}
		canary := object(heldSample)
		canary.SetNamespace(shop)
		Expect(api.Create(ctx, canary)).To(Succeed())
		reconciled(ctx)
		Expect(names()).To(Equal([]string{"inject.weft.dev", "canaries.weft.dev", "pods.hold.weft.dev", "replicasets.hold.weft.dev"}))
		before := stored(ctx)
		reconciled(ctx)
		Expect(stored(ctx).ResourceVersion).To(Equal(before.ResourceVersion))

		Expect(api.Delete(ctx, canary)).To(Succeed())
		reconciled(ctx)
		Expect(names()).To(Equal([]string{"inject.weft.dev", "canaries.weft.dev"}))
	})

	DescribeTable("is put back when somebody has changed it [B07]",
		func(ctx SpecContext, edit func(*admissionregistration.MutatingWebhookConfiguration)) {
			before := stored(ctx)
			changed := before.DeepCopy()
			edit(changed)
			Expect(api.Update(ctx, changed)).To(Succeed())
			Expect(changed.ResourceVersion).NotTo(Equal(before.ResourceVersion))

			reconciled(ctx)
			after := stored(ctx)
			Expect(after.Webhooks).To(Equal(before.Webhooks))
			Expect(after.OwnerReferences).To(Equal(before.OwnerReferences))

			reconciled(ctx)
			Expect(stored(ctx).ResourceVersion).To(Equal(after.ResourceVersion))
		},
		Entry("other rules", func(c *admissionregistration.MutatingWebhookConfiguration) {
			c.Webhooks[0].Rules[0].Resources = []string{"configmaps"}
		}),
		Entry("another selector of pods", func(c *admissionregistration.MutatingWebhookConfiguration) {
			c.Webhooks[0].ObjectSelector = &metav1.LabelSelector{MatchLabels: map[string]string{"nobody": "has"}}
		}),
		Entry("a condition taken away", func(c *admissionregistration.MutatingWebhookConfiguration) {
			c.Webhooks[0].MatchConditions = c.Webhooks[0].MatchConditions[1:]
		}),
		Entry("a condition added", func(c *admissionregistration.MutatingWebhookConfiguration) {
			c.Webhooks[0].MatchConditions = append(c.Webhooks[0].MatchConditions, admissionregistration.MatchCondition{Name: "never", Expression: "false"})
		}),
		Entry("failures ignored", func(c *admissionregistration.MutatingWebhookConfiguration) {
			c.Webhooks[0].FailurePolicy = new(admissionregistration.Ignore)
		}),
		Entry("a second webhook", func(c *admissionregistration.MutatingWebhookConfiguration) {
			second := c.Webhooks[0].DeepCopy()
			second.Name = "second.weft.dev"
			c.Webhooks = append(c.Webhooks, *second)
		}),
		Entry("no owner", func(c *admissionregistration.MutatingWebhookConfiguration) { c.OwnerReferences = nil }),
	)
})
