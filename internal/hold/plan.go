package hold

import (
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// Verb is what is done to a pod or a ReplicaSet.
type Verb string

// Verbs of actions.
const (
	Scale    Verb = "Scale"    // a ReplicaSet to a size
	Release  Verb = "Release"  // a gated pod may be ready
	Withhold Verb = "Withhold" // a gated pod must not be ready any more
	Delete   Verb = "Delete"   // a pod
	Poke     Verb = "Poke"     // a ReplicaSet, so that its controllers look at it now
)

// Action is one thing to do. They are done in order; each may be done again.
type Action struct {
	Verb     Verb
	Set      *appsv1.ReplicaSet // of Scale and Poke
	Replicas int32              // of Scale
	Pod      *corev1.Pod        // of the others
}

// patience is how long a poke may take to show.
const patience = 5 * time.Second

// Plan is what is to be done now. While all is as it should be there is nothing.
func (v View) Plan(now time.Time) []Action {
	if v.Deployment == nil {
		return nil
	}
	var out []Action
	for _, step := range []func(time.Time) []Action{v.repair, v.gates, v.deletions, v.pokes} {
		out = append(out, step(now)...)
	}
	return out
}

// Holds says whether a version waits for another one to prove itself.
func (v View) Holds() bool {
	course := v.Course()
	return course == Held || course == Promoting
}

// repair takes what no one asks for away, and then gives the stable version its size back.
func (v View) repair(time.Time) (out []Action) {
	n := v.Replicas()
	if !v.Holds() || n == 0 {
		return nil
	}
	for _, set := range v.sets {
		hash := Hash(set)
		if v.outrun(hash) && replicas(set.Spec.Replicas) > 0 && !(v.Run.Shared && hash == v.Run.Revision) {
			out = append(out, Action{Verb: Scale, Set: set})
		}
	}
	if missing := floor(v.wave(), n) - v.stableSize(); missing > 0 {
		largest := slices.MaxFunc(v.stable, func(a, b *appsv1.ReplicaSet) int {
			return int(replicas(a.Spec.Replicas) - replicas(b.Spec.Replicas))
		})
		out = append(out, Action{Verb: Scale, Set: largest, Replicas: replicas(largest.Spec.Replicas) + missing})
	}
	return out
}

// gates opens and closes the gates of pods that have one.
func (v View) gates(now time.Time) (out []Action) {
	for _, set := range v.sets {
		hash := Hash(set)
		switch {
		case !v.Holds() && hash == v.Newest(), v.isStable(hash), v.isPromoting(hash) && v.State.Wave >= WaveWhole:
			out = append(out, v.each(Release, hash, Waiting)...)
		case v.isPromoting(hash):
			waits := v.each(Release, hash, Waiting)
			slices.SortStableFunc(waits, func(a, b Action) int { return rank(a.Pod) - rank(b.Pod) })
			free := taken(v.State.Wave, v.Replicas()) - (v.Living(hash) - int32(len(waits)))
			out = append(out, waits[:min(len(waits), int(max(free, 0)))]...)
		case v.Holds():
			out = append(out, v.each(Withhold, hash, func(p *corev1.Pod) bool { return Gated(p) && isTrue(p, Gate) })...)
		}
	}
	return out
}

func (v View) each(verb Verb, hash string, is func(*corev1.Pod) bool) (out []Action) {
	for _, pod := range v.pods[hash] {
		if is(pod) {
			out = append(out, Action{Verb: verb, Pod: pod})
		}
	}
	return out
}

// rank puts pods that could be ready at once first.
func rank(pod *corev1.Pod) int {
	if Serving(pod) {
		return 0
	}
	return 1
}

// deletions are pods of a rejected version, and those above the meter. Pods that serve everybody stay until the stable
// version has all of its own.
func (v View) deletions(time.Time) (out []Action) {
	if !v.Holds() {
		return nil
	}
	repaired := v.StableReady() >= v.Replicas()
	for _, set := range v.sets {
		hash := Hash(set)
		if v.isStable(hash) {
			continue
		}
		shared := v.Run.Shared && hash == v.Run.Revision
		if hash == v.Run.Rejected {
			if !shared {
				out = append(out, v.each(Delete, hash, func(p *corev1.Pod) bool { return repaired || !ready(p) })...)
			}
			continue
		}
		waits := v.each(Delete, hash, Waiting)
		slices.SortStableFunc(waits, func(a, b Action) int { return rank(a.Pod) - rank(b.Pod) })
		surplus := min(v.Living(hash)-v.meter(hash), int32(len(waits)))
		if surplus > 0 {
			out = append(out, waits[int32(len(waits))-surplus:]...)
		}
	}
	return out
}

// pokes wake controllers that were refused before and would be let through now.
func (v View) pokes(now time.Time) (out []Action) {
	if v.Course() == Steady {
		return v.forgotten(now)
	}
	if !v.Holds() {
		return nil
	}
	newest, hash := v.newest, Hash(v.newest)
	refused := hash != v.Run.Rejected && replicas(newest.Spec.Replicas) > v.Living(hash) && v.Living(hash) < v.meter(hash)
	if refused && failing(newest) && !poked(newest, now) {
		out = append(out, Action{Verb: Poke, Set: newest})
	}
	arrived, _, _ := v.Arrived(now)
	more := v.Course() == Promoting && arrived && v.stableSize() > floor(v.State.Wave, v.Replicas())
	for _, set := range v.stable {
		size := replicas(set.Spec.Replicas)
		missing := size > v.Living(Hash(set)) && unanswered(set)
		if (more && size > 0 || missing) && !poked(set, now) {
			out = append(out, Action{Verb: Poke, Set: set})
		}
	}
	return out
}

// forgotten are sets that kept their pods while requests went to them, until the Deployment asked for the stable version
// again: nobody else wakes its controller.
func (v View) forgotten(now time.Time) (out []Action) {
	for _, set := range v.sets {
		hash := Hash(set)
		shared := v.Run.Shared && hash == v.Run.Revision
		if v.outrun(hash) && replicas(set.Spec.Replicas) > 0 && !shared && !poked(set, now) {
			out = append(out, Action{Verb: Poke, Set: set})
		}
	}
	return out
}

// failing says that a ReplicaSet could not make a pod.
func failing(set *appsv1.ReplicaSet) bool {
	return slices.ContainsFunc(set.Status.Conditions, func(c appsv1.ReplicaSetCondition) bool {
		return c.Type == appsv1.ReplicaSetReplicaFailure && c.Status == corev1.ConditionTrue
	})
}

// unanswered says that a ReplicaSet could not make a pod because the operator did not answer. Its controller tries again later
// and later, the longer that lasts.
func unanswered(set *appsv1.ReplicaSet) bool {
	return slices.ContainsFunc(set.Status.Conditions, func(c appsv1.ReplicaSetCondition) bool {
		return c.Type == appsv1.ReplicaSetReplicaFailure && c.Status == corev1.ConditionTrue &&
			strings.Contains(c.Message, "failed calling webhook") && strings.Contains(c.Message, "."+v1alpha1.GroupVersion.Group)
	})
}

// poked says that it is too early for another poke.
func poked(set *appsv1.ReplicaSet, now time.Time) bool {
	at, err := time.Parse(time.RFC3339, set.Annotations[v1alpha1.AnnotationPoked])
	return err == nil && now.Sub(at) < patience && !at.After(now)
}
