package crash

import (
	"testing"

	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// A Policy that no mesh looks after must not stay for ever: its finalizer would hold up its namespace.
func TestPolicyOutsideTheMeshCanGo(t *testing.T) {
	reset(t)
	t.Cleanup(start(t, "weft-operator-0", "127.0.53.1", "").kill)
	create(t, mesh(), namespace("outside-never", nil), namespace("outside-left", nil))
	join(t, "outside-left")
	for _, home := range []string{"outside-never", "outside-left"} {
		t.Run(home, func(t *testing.T) {
			p := policy(home, "rules", "reviews", "front")
			create(t, p)
			if home == "outside-left" {
				settled(t, p)
				leave(t, home)
			}
			await(t, "the Policy to say that it is not in a mesh", func(g Gomega) {
				g.Expect(api.Get(t.Context(), client.ObjectKeyFromObject(p), p)).To(Succeed())
				g.Expect(p.Finalizers).To(ContainElement(v1alpha1.Finalizer))
				g.Expect(told(p.Status.Conditions)).To(HaveKeyWithValue(v1alpha1.ConditionAccepted, ContainSubstring("NoMesh")))
			})
			if err := api.Delete(t.Context(), p); err != nil {
				t.Fatal(err)
			}
			await(t, "the Policy to be gone", func(g Gomega) {
				err := api.Get(t.Context(), client.ObjectKeyFromObject(p), p)
				g.Expect(apierrors.IsNotFound(err)).To(BeTrue(), "%v, %v", err, p.Status)
			})
		})
	}
}
