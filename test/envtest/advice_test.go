package envtest

import (
	"slices"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// warnings are what the API server has told a client.
type warnings struct {
	mu   sync.Mutex
	told []string
}

// HandleWarningHeader implements rest.WarningHandler.
func (w *warnings) HandleWarningHeader(_ int, _, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told = append(w.told, text)
}

func (w *warnings) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.told
	w.told = nil
	return out
}

var _ = Describe("who applies a Deployment that a Canary holds", Ordered, func() {
	var told warnings
	var user client.Client

	BeforeAll(func(ctx SpecContext) {
		ensureNamespace(ctx, "advised", nil)
		canary := &v1alpha1.Canary{}
		Expect(scheme.Convert(object(heldSample), canary, nil)).To(Succeed())
		canary.Namespace = "advised"
		Expect(api.Create(ctx, canary)).To(Succeed())
		DeferCleanup(func(ctx SpecContext) { Expect(api.Delete(ctx, canary)).To(Succeed()) })
		c := rest.CopyConfig(config)
		c.WarningHandler = &told
		var err error
		user, err = client.New(c, client.Options{Scheme: scheme})
		Expect(err).NotTo(HaveOccurred())
		Eventually(func() []string {
			Expect(user.Create(ctx, advised("reviews", func(d *appsv1.Deployment) { d.Spec.Strategy.Type = appsv1.RecreateDeploymentStrategyType }), client.DryRunAll)).To(Succeed())
			return told.take()
		}).ShouldNot(BeEmpty(), "the policy is in force")
	})

	DescribeTable("is warned, and not kept from it", func(ctx SpecContext, name string, change func(*appsv1.Deployment), word string) {
		Expect(user.Create(ctx, advised(name, change), client.DryRunAll)).To(Succeed())
		got := told.take()
		if word == "" {
			Expect(got).To(BeEmpty())
			return
		}
		Expect(slices.Clone(got)).To(ContainElement(ContainSubstring(word)))
	},
		Entry("of nothing, at a size of which nothing may go", "reviews", func(d *appsv1.Deployment) { d.Spec.Replicas = new(int32(3)) }, ""),
		Entry("of pods that may go", "reviews", func(d *appsv1.Deployment) { d.Spec.Replicas = new(int32(8)) }, "MaxUnavailableSet: spec.strategy.rollingUpdate.maxUnavailable: 2 pods"),
		Entry("of a strategy that can't be held", "reviews", func(d *appsv1.Deployment) { d.Spec.Strategy.Type = appsv1.RecreateDeploymentStrategyType }, "StrategyRecreate"),
		Entry("of a short deadline", "reviews", func(d *appsv1.Deployment) {
			d.Spec.Replicas, d.Spec.ProgressDeadlineSeconds = new(int32(1)), new(int32(30))
		}, "ProgressDeadlineShort: spec.progressDeadlineSeconds: 30"),
		Entry("of nothing, when no Canary holds it", "ratings", func(d *appsv1.Deployment) { d.Spec.Replicas = new(int32(8)) }, ""),
	)
})

func advised(name string, change func(*appsv1.Deployment)) *appsv1.Deployment {
	d := heldDeployment()
	d.Namespace, d.Name = "advised", name
	change(d)
	return d
}
