package status

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
)

func TestScopeSaysHowMuchProxiesKnow(t *testing.T) {
	s := modeltest.World(60)
	budget := int32(60)
	s.Mesh.Spec.Scope = &v1alpha1.Scope{Budget: &budget}
	scope := func() *v1alpha1.ScopeStatus {
		m := model.Build(s)
		return Scope(m, model.ScopesOf(m, m.Mesh.ScopeBudget))
	}
	compare := func(reason string, want *v1alpha1.ScopeStatus) {
		t.Helper()
		if diff := cmp.Diff(want, scope()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", reason, diff)
		}
	}
	compare("up to the budget every proxy knows the whole mesh", &v1alpha1.ScopeStatus{
		Services: 60, Whole: 60, Message: "60 Services, and the budget is 60: every proxy knows the whole mesh",
	})
	budget = 59
	compare("above it none does", &v1alpha1.ScopeStatus{
		Services: 60, Narrow: 60, Largest: 50,
		Message: "60 Services, and the budget is 59: proxies of 60 workloads know what they need, up to 50 Services, and learn about others when they are called to them",
	})
	var outdated []string
	for i := range 12 {
		s.Pods[3*i].Spec.InitContainers[0].Args = []string{"redirect"}
		outdated = append(outdated, fmt.Sprintf("team-00/svc-%04d", i))
	}
	compare("but those with an older pod, of which ten are named", &v1alpha1.ScopeStatus{
		Services: 60, Whole: 12, Narrow: 48, Largest: 50, Outdated: outdated[:10],
		Message: "60 Services, and the budget is 59: proxies of 48 workloads know what they need, up to 50 Services, and learn about others when they are called to them; those of 12 workloads know the whole mesh until their pods are restarted",
	})
}
