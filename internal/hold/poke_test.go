package hold

import (
	"slices"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// A stable pod that was lost while no operator answered comes back as soon as one does: the ReplicaSet is poked, once in a
// while. One that can't be made for another reason is left to Kubernetes.
func TestStablePodThatNobodyAnsweredForComesBack(t *testing.T) {
	const silence = `Internal error occurred: failed calling webhook "inject.weft.dev": failed to call webhook: connection refused`
	for name, c := range map[string]struct {
		message string
		lost    bool
		since   time.Duration // the last poke
		want    bool
	}{
		"nobody answered":                {silence, true, time.Hour, true},
		"and it was poked a moment ago":  {silence, true, time.Second, false},
		"no pod is missing":              {silence, false, time.Hour, false},
		"the quota is used up":           {"exceeded quota", true, time.Hour, false},
		"somebody else did not answer":   {`failed calling webhook "a.example.com": connection refused`, true, time.Hour, false},
		"the pod was refused on purpose": {`admission webhook "pods.hold.weft.dev" denied the request`, true, time.Hour, false},
	} {
		w := held(4, "25%", "25%")
		i := slices.IndexFunc(w.sets, func(s *appsv1.ReplicaSet) bool { return Hash(s) == "v1" })
		w.sets[i].Annotations[v1alpha1.AnnotationPoked] = w.now.Add(-c.since).Format(time.RFC3339)
		w.sets[i].Status.Conditions = []appsv1.ReplicaSetCondition{{
			Type: appsv1.ReplicaSetReplicaFailure, Status: corev1.ConditionTrue, Message: c.message,
		}}
		if c.lost {
			w.remove(w.view().pods["v1"][0].Name)
		}
		got := slices.ContainsFunc(w.view().Plan(w.now), func(a Action) bool { return a.Verb == Poke && Hash(a.Set) == "v1" })
		if got != c.want {
			t.Errorf("%s: poked %v, want %v", name, got, c.want)
		}
	}
}
