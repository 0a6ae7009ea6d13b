package hold

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// What a Canary's status says to the webhook and to the actions.
func TestRunOf(t *testing.T) {
	const progressing, back, backAlready = v1alpha1.CanaryProgressing, v1alpha1.CanaryRollingBack, v1alpha1.CanaryRolledBack
	for name, c := range map[string]struct {
		phase              v1alpha1.CanaryPhase
		weight             v1alpha1.CanaryWeight
		rejected, accepted string
		want               Run
	}{
		"a run that has begun": {progressing, v1alpha1.CanaryWeight{}, "", "True", Run{Revision: "h2"}},
		"with a share":         {progressing, v1alpha1.CanaryWeight{Desired: 5}, "", "True", Run{Revision: "h2", Shared: true}},
		"lowered to nothing, and not all proxies know": {progressing, v1alpha1.CanaryWeight{Acknowledged: 5}, "", "True", Run{Revision: "h2", Shared: true}},
		"with a preview":                   {progressing, v1alpha1.CanaryWeight{Preview: true}, "", "True", Run{Revision: "h2", Shared: true}},
		"with copies":                      {progressing, v1alpha1.CanaryWeight{Mirror: 10}, "", "True", Run{Revision: "h2", Shared: true}},
		"on its way back, whatever it had": {back, v1alpha1.CanaryWeight{}, "h2", "True", Run{Revision: "h2", Rejected: "h2", Shared: true}},
		"back":                             {backAlready, v1alpha1.CanaryWeight{}, "h2", "True", Run{Rejected: "h2"}},
		"tried again":                      {progressing, v1alpha1.CanaryWeight{}, "h2", "True", Run{Revision: "h2"}},
		"back, and the spec can't be honoured any more": {backAlready, v1alpha1.CanaryWeight{}, "h2", "False", Run{Rejected: "h2"}},
		"in a run, and the spec can't be honoured":      {progressing, v1alpha1.CanaryWeight{}, "", "False", Run{Revision: "h2"}},
		"waiting, and the spec can't be honoured":       {v1alpha1.CanaryWaiting, v1alpha1.CanaryWeight{}, "", "False", Run{Void: true}},
	} {
		canary := &v1alpha1.Canary{Status: v1alpha1.CanaryStatus{
			Phase: c.phase, Weight: &c.weight, Rejected: c.rejected, Run: &v1alpha1.CanaryRun{Revision: "h2"},
			Conditions: []metav1.Condition{{Type: v1alpha1.ConditionAccepted, Status: metav1.ConditionStatus(c.accepted)}},
		}}
		if got := RunOf(canary); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}
