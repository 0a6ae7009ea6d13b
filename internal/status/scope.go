package status

import (
	"fmt"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model"
)

// longestOutdated is how many workloads with outdated pods a status names.
const longestOutdated = 10

// Scope is how much of a mesh its proxies know.
func Scope(m *model.Model, scopes model.Scopes) *v1alpha1.ScopeStatus {
	out := &v1alpha1.ScopeStatus{Services: int32(len(m.Services))}
	above, outdated := len(m.Services) > m.Mesh.ScopeBudget, 0
	for i := range m.Workloads {
		w := &m.Workloads[i]
		scope := scopes[w.Key]
		if scope != nil && !scope.Whole {
			out.Narrow++
			out.Largest = max(out.Largest, int32(len(scope.Needs)))
			continue
		}
		out.Whole++
		if above && !w.FirstCalls {
			if outdated++; outdated <= longestOutdated {
				out.Outdated = append(out.Outdated, w.Key.String())
			}
		}
	}
	if !above {
		out.Message = fmt.Sprintf("%d Services, and the budget is %d: every proxy knows the whole mesh", out.Services, m.Mesh.ScopeBudget)
		return out
	}
	out.Message = fmt.Sprintf("%d Services, and the budget is %d: proxies of %d workloads know what they need, up to %d Services, and learn about others when they are called to them",
		out.Services, m.Mesh.ScopeBudget, out.Narrow, out.Largest)
	if outdated > 0 {
		out.Message += fmt.Sprintf("; those of %d workloads know the whole mesh until their pods are restarted", outdated)
	}
	return out
}
