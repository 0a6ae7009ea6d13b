package envtest

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/webhook"
	"github.com/weft-mesh/weft/webhook/certificate"
)

var _ = Describe("a second Canary for one target", Ordered, ContinueOnFailure, func() {
	const shop, outside = "second-canary", "second-canary-outside"
	var hook *injector

	held := func(namespace, name, service, deployment string) *unstructured.Unstructured {
		GinkgoHelper()
		c := object(heldSample)
		c.SetNamespace(namespace)
		c.SetName(name)
		put(c.Object, []string{"spec", "service", "name"}, service)
		put(c.Object, []string{"spec", "targetRef", "name"}, deployment)
		return c
	}
	wanted := func(ctx SpecContext, c *unstructured.Unstructured) error { return api.Create(ctx, c, client.DryRunAll) }

	BeforeAll(func(ctx SpecContext) {
		namespace(ctx, shop, joined)
		namespace(ctx, outside, nil)
		hook = &injector{address: "localhost:0", handler: webhook.Canaries{Reader: api, Now: api}.Handler(), asked: map[string]int{}}
		hook.start()
		DeferCleanup(func() { hook.stop() })
		for _, in := range []string{shop, outside} {
			first := held(in, "first", "reviews", "reviews")
			Expect(api.Create(ctx, first)).To(Succeed())
			DeferCleanup(api.Delete, first)
		}
		hook.installCanaries(ctx)
		DeferCleanup(removeConfiguration)
		Eventually(func() error { return wanted(ctx, held(shop, "second", "reviews", "web")) }).ShouldNot(Succeed(), "the API server asks")
	})

	It("is refused when it is made, for the Service as for the Deployment", func(ctx SpecContext) {
		for want, c := range map[string]*unstructured.Unstructured{
			"spec.service.name: Service reviews has the Canary first already":      held(shop, "second", "reviews", "web"),
			"spec.targetRef.name: Deployment reviews has the Canary first already": held(shop, "second", "web", "reviews"),
		} {
			err := wanted(ctx, c)
			Expect(apierrors.IsForbidden(err)).To(BeTrue(), "%v", err)
			Expect(err).To(MatchError(ContainSubstring(want)))
		}
		Expect(wanted(ctx, held(shop, "second", "web", "web"))).To(Succeed())
		Expect(wanted(ctx, held(outside, "second", "reviews", "reviews"))).To(Succeed(), "a namespace outside the mesh")
	})

	It("is refused when another target makes it one, and nothing else is asked about", func(ctx SpecContext) {
		second := held(shop, "second", "web", "web")
		Expect(api.Create(ctx, second)).To(Succeed())
		DeferCleanup(api.Delete, second)
		edit := func(patch string, options ...client.PatchOption) error {
			return api.Patch(ctx, second.DeepCopy(), merge(patch), options...)
		}
		Expect(edit(`{"spec":{"targetRef":{"name":"reviews"}}}`)).To(MatchError(ContainSubstring("Deployment reviews has the Canary first already")))
		Expect(edit(`{"spec":{"targetRef":{"name":"cart"}}}`)).To(Succeed())

		asked := hook.count(webhook.CanariesPath)
		Expect(edit(`{"spec":{"steps":[{"weight":7}]},"metadata":{"labels":{"a":"b"}}}`)).To(Succeed())
		Expect(api.Status().Patch(ctx, second.DeepCopy(), merge(`{"status":{"message":"hello"}}`))).To(Succeed())
		Expect(hook.count(webhook.CanariesPath)).To(Equal(asked))
	})

	It("is refused by the schema before all when it can't be read", func(ctx SpecContext) {
		odd := held(shop, "second", "reviews", "web")
		put(odd.Object, []string{"spec", "service"}, "reviews")
		Expect(apierrors.IsInvalid(wanted(ctx, odd))).To(BeTrue())
		delete(odd.Object, "spec")
		Expect(apierrors.IsInvalid(wanted(ctx, odd))).To(BeTrue())
	})

	It("takes the place of one that has gone", func(ctx SpecContext) {
		third := held(shop, "third", "cart", "cart")
		Expect(api.Create(ctx, third)).To(Succeed())
		Expect(wanted(ctx, held(shop, "fourth", "cart", "cart"))).NotTo(Succeed())
		Expect(api.Delete(ctx, third)).To(Succeed())
		Expect(wanted(ctx, held(shop, "fourth", "cart", "cart"))).To(Succeed())
	})

	It("is let in while nobody answers: a condition tells of it then", func(ctx SpecContext) {
		hook.stop()
		DeferCleanup(hook.start)
		Expect(wanted(ctx, held(shop, "second", "reviews", "reviews"))).To(Succeed())
	})
})

// installCanaries makes the API server ask as the operator's own configuration says about the targets of Canaries.
func (i *injector) installCanaries(ctx SpecContext) {
	GinkgoHelper()
	data, bundle, err := certificate.Next(nil, webhookNames, time.Now(), false)
	Expect(err).NotTo(HaveOccurred())
	Expect(i.certificate.SetSecret(data)).To(Succeed())
	want := webhook.Configuration(webhook.Install{
		Namespace: operatorNamespace, Service: "weft-operator", Port: 443, CABundle: bundle,
		Owner: metav1.OwnerReference{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "ClusterRole", Name: "weft-controller", UID: "1"},
	})
	want.Webhooks = want.Webhooks[1:]
	c := &want.Webhooks[0].ClientConfig
	c.URL, c.Service = new("https://"+i.address+*c.Service.Path), nil
	Expect(applied(ctx, want)).To(Succeed())
}
