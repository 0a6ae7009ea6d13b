package crash

import (
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
	steps "github.com/weft-mesh/weft/internal/policy"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

// A proxy that refuses a Policy holds it up, and the status has its name and its words. A spec that it takes goes on.
func refusedPolicy(t *testing.T, f front, refusing string) {
	const words = "Proto constraint validation failed"
	f.proxies[refusing].refuse(words, xds.FilterType, xds.ListenerType)
	p := policy(f.home, "front", "front", "web")
	create(t, p)
	name := f.home + "/" + f.pods[refusing].Name
	await(t, "the refusal to be told", func(g Gomega) {
		g.Expect(api.Get(t.Context(), client.ObjectKeyFromObject(p), p)).To(Succeed())
		g.Expect(p.Status.Position).To(HaveField("Step", steps.ApplyEnvoy))
		g.Expect(p.Status.Proxies).To(HaveField("Rejected", ConsistOf(v1alpha1.Rejection{Pod: name, Reason: words})))
		ready := meta.FindStatusCondition(p.Status.Conditions, v1alpha1.ConditionReady)
		g.Expect(ready).NotTo(BeNil())
		g.Expect(ready.Message).To(And(ContainSubstring(name), ContainSubstring(words)))
	})
	f.proxies[refusing].refuse("")
	edit(t, p, func() { p.Spec = policy(f.home, "front", "front", "mobile").Spec })
	settled(t, p)
}
