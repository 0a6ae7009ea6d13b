package envtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/rollout"
)

// Scenario 17: whoever waits right after a change never hears of the state before. With the tag soak each kind of wait is
// tried a hundred times.
var _ = Describe("kubectl wait on a Canary", func() {
	var stored *v1alpha1.Canary
	var revision atomic.Value // of the newest pods

	BeforeEach(func(ctx SpecContext) {
		c := object(samples["Canary"])
		delete(c.Object["spec"].(map[string]any), "webhooks")
		delete(c.Object["spec"].(map[string]any), "configChanges")
		put(c.Object, []string{"spec", "steps"}, []any{map[string]any{"weight": int64(100), "duration": "0s"}})
		Expect(api.Create(ctx, c)).To(Succeed())
		DeferCleanup(api.Delete, c)
		stored = &v1alpha1.Canary{}
		stored.Name, stored.Namespace = c.GetName(), c.GetNamespace()
		revision.Store("h0")
		operate(stored, func() string { return revision.Load().(string) })
	})

	now := func(ctx context.Context) *v1alpha1.Canary {
		GinkgoHelper()
		Expect(api.Get(ctx, client.ObjectKeyFromObject(stored), stored)).To(Succeed())
		return stored
	}

	It("for a condition hears of the spec that was applied", func(ctx SpecContext) {
		printed, status := kubectl(ctx, "", "wait", "canary/sample", "--for=condition=Ready", "--timeout=60s")
		Expect(status).To(BeZero(), printed)
		for range waits {
			c := now(ctx)
			c.Spec.StepDeadline.Duration += time.Second
			Expect(api.Patch(ctx, c, client.RawPatch("application/merge-patch+json", fmt.Appendf(nil, `{"spec":{"stepDeadline":%q}}`, c.Spec.StepDeadline.Duration)))).To(Succeed())
			applied := c.Generation
			printed, status := kubectl(ctx, "", "wait", "canary/sample", "--for=condition=Ready", "--timeout=60s")
			Expect(status).To(BeZero(), printed)
			after := now(ctx)
			Expect(after.Status.ObservedGeneration).To(BeNumerically(">=", applied))
			for _, condition := range after.Status.Conditions {
				Expect(condition.ObservedGeneration).To(BeNumerically(">=", applied), condition.Type)
			}
		}
	})

	It("for a promoted revision hears of the workload that was applied", func(ctx SpecContext) {
		for n := range waits {
			wanted := fmt.Sprintf("h%d", n+1)
			revision.Store(wanted)
			printed, status := kubectl(ctx, "", "wait", "canary/sample", "--for=jsonpath={.status.promoted}="+wanted, "--timeout=60s")
			Expect(status).To(BeZero(), printed)
			after := now(ctx).Status
			Expect(after.Run.Revision).To(Equal(wanted))
			Expect(after.Phase).To(Equal(v1alpha1.CanaryPromoted))
			Expect(after.Weight.Acknowledged).To(Equal(int32(100)))
		}
	})
})

// operate plays the operator of one Canary until the spec ends: the core decides, all proxies acknowledge at once, all pods
// serve. It looks after random times, as a busy operator does.
func operate(c *v1alpha1.Canary, revision func() string) {
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	DeferCleanup(func() { stop(); <-ended })
	key := client.ObjectKeyFromObject(c)
	go func() {
		defer GinkgoRecover()
		defer close(ended)
		for ctx.Err() == nil {
			look(ctx, key, revision())
			select {
			case <-ctx.Done():
			case <-time.After(time.Duration(rand.IntN(20)) * time.Millisecond):
			}
		}
	}()
}

func look(ctx context.Context, key client.ObjectKey, revision string) {
	c := &v1alpha1.Canary{}
	if api.Get(ctx, key, c) != nil {
		return
	}
	c.Status = rollout.Next(rollout.Input{
		Canary: c, Revision: revision, Serving: rollout.Serving{Stable: 1, Canary: 1}, CanaryPods: 1, Decidable: true,
		Acks: v1alpha1.Acknowledgement{Acknowledged: 1, Total: 1}, Now: time.Now(),
	}).Status
	if err := api.Status().Update(ctx, c); err != nil && ctx.Err() == nil {
		Expect(client.IgnoreNotFound(err)).To(Or(Succeed(), MatchError(ContainSubstring("modified"))))
	}
}
