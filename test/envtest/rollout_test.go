package envtest

import (
	"math"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// The same as on a test bed, but for kubelets and proxies: Kubernetes' own controllers of Deployments and ReplicaSets, its
// admission, and the operator's decisions under the rights of its account. The strategy is the one of a Deployment that says
// nothing: 25 % and 25 %.
var _ = Describe("Kubernetes' controllers and a held rollout", Ordered, ContinueOnFailure, func() {
	var hook *injector

	BeforeAll(func(ctx SpecContext) {
		ensureNamespace(ctx, heldNamespace, joined)
		hook = newHolder()
		hook.installHolder(ctx)
		DeferCleanup(removeConfiguration)
		startControllers()
	})

	It("keeps 4+1 and 10+1, and the size through every resize [D11]", func(ctx SpecContext) {
		r := newRelease(ctx, "sizes", 4, 5, 20)
		r.linger(ctx)
		r.image(ctx, "v2")
		r.eventually(ctx, "4+1", r.has(ctx, 4, 1))
		r.stays(ctx, "4+1", r.has(ctx, 4, 1))
		for _, n := range []int{8, 2, 12, 1, 8, 0, 4, 10} {
			r.resize(ctx, n)
			r.eventually(ctx, "all stable pods", func() bool {
				return r.sizes(ctx, "v1")[0] == n && r.deployment(ctx).Status.ObservedGeneration == r.deployment(ctx).Generation
			})
			r.stays(ctx, "all stable pods", func() bool { return r.sizes(ctx, "v1")[0] == n })
		}
	})

	It("promotes in waves, and never has fewer ready pods than the Deployment's size [D02]", func(ctx SpecContext) {
		r := newRelease(ctx, "good", 4, 5, 20)
		r.image(ctx, "v2")
		r.least = math.MaxInt
		r.eventually(ctx, "promoted", r.phase(v1alpha1.CanaryPromoted))
		Expect(r.sizes(ctx, "v1", "v2")).To(Equal([]int{0, 4}))
		Expect(r.least).To(BeNumerically(">=", 4))
	})

	It("gives a version that fails in half of its promotion back [D03]", func(ctx SpecContext) {
		r := newRelease(ctx, "half", 4, 20)
		r.image(ctx, "v2")
		r.eventually(ctx, "the second wave", func() bool { return r.hold().Wave == 2 && slices.Equal(r.sizes(ctx, "v1"), []int{2}) })
		r.bad = true
		r.eventually(ctx, "back", func() bool {
			return r.phase(v1alpha1.CanaryRolledBack)() && slices.Equal(r.sizes(ctx, "v1", "v2"), []int{4, 0}) && r.hold().StableReady == 4
		})
		r.stays(ctx, "refused", r.has(ctx, 4, 0))
	})

	It("refuses a rejected version until the Deployment changes [D03]", func(ctx SpecContext) {
		r := newRelease(ctx, "bad", 4, 20)
		r.bad = true
		r.image(ctx, "v2")
		r.eventually(ctx, "back", func() bool { return r.phase(v1alpha1.CanaryRolledBack)() && r.has(ctx, 4, 0)() })
		r.resize(ctx, 6)
		r.eventually(ctx, "6+0", r.has(ctx, 6, 0))
		r.stays(ctx, "6+0", r.has(ctx, 6, 0))
		r.bad = false
		r.image(ctx, "v3")
		r.eventually(ctx, "promoted", r.phase(v1alpha1.CanaryPromoted))
		Expect(r.sizes(ctx, "v1", "v2", "v3")).To(Equal([]int{0, 0, 6}))
	})

	It("keeps the stable version whole when a third one comes while a stable pod is sick", func(ctx SpecContext) {
		r := newRelease(ctx, "third", 4, 5, 20)
		r.linger(ctx)
		r.image(ctx, "v2")
		r.eventually(ctx, "4+1", r.has(ctx, 4, 1))
		for _, p := range r.pods(ctx) {
			if p.Spec.Containers[0].Image == "example.com/reviews:v1" {
				r.sick[p.Name] = true
				break
			}
		}
		r.image(ctx, "v3")
		r.eventually(ctx, "4+0+1", func() bool { return slices.Equal(r.sizes(ctx, "v1", "v2", "v3"), []int{4, 0, 1}) })
		r.stays(ctx, "four of v1", func() bool { return r.sizes(ctx, "v1")[0] == 4 })
		r.sick = map[string]bool{}
	})

	It("lets no version by while the webhook is away, and repairs the stable one afterwards", func(ctx SpecContext) {
		r := newRelease(ctx, "away", 4, 5, 20)
		r.linger(ctx)
		hook.stop()
		r.image(ctx, "v2")
		r.stays(ctx, "no pod of v2", func() bool { return r.sizes(ctx, "v2")[0] == 0 })
		hook.start()
		r.eventually(ctx, "4+1", r.has(ctx, 4, 1))
		r.stays(ctx, "4+1", r.has(ctx, 4, 1))
	})

	It("ends with the old version when the Deployment goes back to it", func(ctx SpecContext) {
		r := newRelease(ctx, "revert", 4, 5, 20)
		r.image(ctx, "v2")
		r.eventually(ctx, "a share", func() bool { return r.canary.Status.Weight.Desired > 0 })
		r.image(ctx, "v1")
		r.eventually(ctx, "4+0", func() bool { return r.has(ctx, 4, 0)() && r.canary.Status.Weight.Desired == 0 })
	})
})

func (r *release) has(ctx SpecContext, stable, next int) func() bool {
	return func() bool { return slices.Equal(r.sizes(ctx, "v1", "v2"), []int{stable, next}) }
}

// linger makes the steps so long that the run stays at the first one.
func (r *release) linger(ctx SpecContext) {
	GinkgoHelper()
	Expect(api.Patch(ctx, r.canary, merge(`{"spec":{"steps":[{"weight":5,"duration":"1000h","minRequests":0}]}}`))).To(Succeed())
}
