package hold

import (
	"cmp"
	"maps"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// State is what is remembered about a Deployment from one look to the next.
type State struct {
	// DeploymentUID is the Deployment that the hashes are about.
	DeploymentUID string
	// Stable are the hashes of the stable version: one, or several that differ by a restart only.
	Stable []string
	// Promoting is the hash that takes over, Wave how far that is. Without a hash the wave is 0.
	Promoting string
	Wave      int32
	// Size is how many pods of the judged revision may exist before it is promoted.
	Size int32
}

// Run is what is decided about the new version.
type Run struct {
	// Revision is the hash that is judged; empty: none.
	Revision string
	// Rejected is the hash that gets no more pods; empty: none.
	Rejected string
	// Shared says that proxies may send requests to Revision.
	Shared bool
	// Void says that nothing is to be held, because the Canary can't be honoured.
	Void bool
	// FirstWeight is what a revision gets first, in percent.
	FirstWeight int32
}

// Input is what the cluster says, and what is remembered.
type Input struct {
	Deployment *appsv1.Deployment // nil: there is none
	Sets       []*appsv1.ReplicaSet
	Pods       []*corev1.Pod
	State      State
	Run        Run
}

// View is an input in order.
type View struct {
	Input
	sets   []*appsv1.ReplicaSet          // the Deployment's own, oldest first
	pods   map[string][]*corev1.Pod      // that live, by hash, oldest first
	newest *appsv1.ReplicaSet            // has the Deployment's template; nil: not there yet
	stable []*appsv1.ReplicaSet          // of the stable version
	known  map[string]*appsv1.ReplicaSet // by hash
}

// Look puts an input in order. It changes nothing of it.
func Look(in Input) View {
	v := View{Input: in, pods: map[string][]*corev1.Pod{}, known: map[string]*appsv1.ReplicaSet{}}
	if in.Deployment == nil {
		return v
	}
	uids := map[string]bool{}
	for _, set := range in.Sets {
		if metav1.IsControlledBy(set, in.Deployment) {
			v.sets = append(v.sets, set)
			uids[string(set.UID)] = true
			v.known[Hash(set)] = set
		}
	}
	slices.SortFunc(v.sets, older)
	for _, pod := range in.Pods {
		if owner := metav1.GetControllerOf(pod); owner != nil && uids[string(owner.UID)] && living(pod) {
			v.pods[Hash(pod)] = append(v.pods[Hash(pod)], pod)
		}
	}
	for _, pods := range v.pods {
		slices.SortFunc(pods, older)
	}
	for _, set := range v.sets {
		if v.newest == nil && sameTemplate(set.Spec.Template, in.Deployment.Spec.Template) {
			v.newest = set
		}
	}
	v.stable = v.findStable()
	return v
}

// findStable are the sets of the remembered hashes, and those that differ from one of them by a restart only.
func (v *View) findStable() (out []*appsv1.ReplicaSet) {
	if v.State.DeploymentUID != string(v.Deployment.UID) {
		return nil
	}
	for _, set := range v.sets {
		if slices.Contains(v.State.Stable, Hash(set)) {
			out = append(out, set)
		}
	}
	remembered := out
	for _, set := range v.sets {
		restarted := func(of *appsv1.ReplicaSet) bool {
			return of != set && sameButRestart(of.Spec.Template, set.Spec.Template)
		}
		if !slices.Contains(remembered, set) && slices.ContainsFunc(remembered, restarted) {
			out = append(out, set)
		}
	}
	return out
}

// Hash tells the versions of a Deployment apart: its ReplicaSets and their pods carry it.
func Hash(o metav1.Object) string { return o.GetLabels()[appsv1.DefaultDeploymentUniqueLabelKey] }

// Course is where a Deployment's rollout stands.
type Course string

// Courses of a rollout.
const (
	// Unknown: there is no Deployment, or none that can be held, or it has no ReplicaSet for its template yet.
	Unknown Course = "Unknown"
	// Incomparable: no stable ReplicaSet exists, so whatever comes is not held.
	Incomparable Course = "Incomparable"
	// Steady: the Deployment asks for the stable version.
	Steady Course = "Steady"
	// Held: it asks for another version, which waits.
	Held Course = "Held"
	// Promoting: it asks for another version, which takes over in waves.
	Promoting Course = "Promoting"
)

// Course says where the rollout stands.
func (v View) Course() Course {
	switch {
	case v.Deployment == nil || v.newest == nil || !v.holdable():
		return Unknown
	case len(v.stable) == 0:
		return Incomparable
	case v.isStable(Hash(v.newest)):
		return Steady
	case v.isPromoting(Hash(v.newest)):
		return Promoting
	}
	return Held
}

// Newest is the hash that the Deployment asks for; empty: not known yet.
func (v View) Newest() string {
	if v.newest == nil {
		return ""
	}
	return Hash(v.newest)
}

// Known says whether a ReplicaSet with the hash exists.
func (v View) Known(hash string) bool { return v.known[hash] != nil }

// holdable says that the rollout can be held without a loss: old pods don't go first, and there is room for a new one.
func (v View) holdable() bool { return !v.Run.Void && !v.recreates() && v.surges() }

func (v View) recreates() bool {
	return v.Deployment.Spec.Strategy.Type == appsv1.RecreateDeploymentStrategyType
}

func (v View) surges() bool {
	surge, _ := v.boundsAt(max(v.Replicas(), 1))
	return surge > 0
}

func (v View) isStable(hash string) bool {
	return slices.ContainsFunc(v.stable, func(set *appsv1.ReplicaSet) bool { return Hash(set) == hash })
}

func (v View) isPromoting(hash string) bool {
	return hash != "" && hash == v.State.Promoting && v.State.DeploymentUID == string(v.Deployment.UID)
}

// Replicas is the size that the Deployment is to have.
func (v View) Replicas() int32 {
	if v.Deployment == nil {
		return 0
	}
	return replicas(v.Deployment.Spec.Replicas)
}

func replicas(n *int32) int32 {
	if n == nil {
		return 1
	}
	return *n
}

// sameTemplate compares as the Deployment controller does.
func sameTemplate(a, b corev1.PodTemplateSpec) bool {
	a.Labels, b.Labels = without(a.Labels, appsv1.DefaultDeploymentUniqueLabelKey), without(b.Labels, appsv1.DefaultDeploymentUniqueLabelKey)
	return equality.Semantic.DeepEqual(a, b)
}

// without is a copy of a map that lacks a key.
func without(in map[string]string, key string) map[string]string {
	out := maps.Clone(in)
	delete(out, key)
	return out
}

// restarted is the annotation that kubectl rollout restart sets.
const restarted = "kubectl.kubernetes.io/restartedAt"

func sameButRestart(a, b corev1.PodTemplateSpec) bool {
	a.Annotations, b.Annotations = without(a.Annotations, restarted), without(b.Annotations, restarted)
	return sameTemplate(a, b)
}

func older[T metav1.Object](a, b T) int {
	x, y := a.GetCreationTimestamp(), b.GetCreationTimestamp()
	return cmp.Or(x.Time.Compare(y.Time), cmp.Compare(a.GetName(), b.GetName()))
}
