package hold

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// world has one Deployment with the controllers of Kubernetes, as far as a rolling update needs them, and ours around
// them. Everything happens at once: a pod that may be ready is ready.
type world struct {
	d      *appsv1.Deployment
	sets   []*appsv1.ReplicaSet
	pods   []*corev1.Pod
	state  State
	run    Run
	now    time.Time
	serial int // of the youngest pod

	lookedAt int // how often Kubernetes has looked

	noFloor, noLeader bool
	gateOnly          bool            // a webhook that gates what is not v1, and does nothing else
	sick              map[string]bool // hashes whose containers are not ready
	watch             func(*world)    // after each change of a pod
}

func newWorld(n int32, surge, unavailable string) *world {
	w := &world{now: time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC), sick: map[string]bool{}, watch: func(*world) {}}
	s, u := intstr.Parse(surge), intstr.Parse(unavailable)
	w.d = &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "reviews", UID: "d1", Generation: 1}}
	w.d.Spec.Replicas = &n
	w.d.Spec.Strategy = appsv1.DeploymentStrategy{
		Type: appsv1.RollingUpdateDeploymentStrategyType, RollingUpdate: &appsv1.RollingUpdateDeployment{MaxSurge: &s, MaxUnavailable: &u},
	}
	w.run.FirstWeight = 5
	w.template("v1")
	w.settle()
	return w
}

// template sets the Deployment's image. Hashes are the images.
func (w *world) template(image string) {
	w.d.Spec.Template = corev1.PodTemplateSpec{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "it", Image: image}}}}
	w.d.Generation++
}

func (w *world) resize(n int32) { w.d.Spec.Replicas = &n; w.d.Generation++ }

func (w *world) view() View {
	return Look(Input{Deployment: w.d, Sets: w.sets, Pods: w.pods, State: w.state, Run: w.run})
}

// settle lets all controllers act until nothing changes.
func (w *world) settle() {
	for range 200 {
		was := w.picture()
		w.deployment()
		w.replicaSets()
		if !w.noLeader {
			w.leader()
		}
		w.kubelets()
		w.now = w.now.Add(2 * patience)
		if w.picture() == was {
			return
		}
	}
	panic("the controllers go on for ever: " + w.picture())
}

func (w *world) picture() string {
	text := fmt.Sprint(w.state)
	for _, s := range w.sets {
		text += fmt.Sprintf(" %s=%d", s.Name, *s.Spec.Replicas)
	}
	for _, p := range w.pods {
		text += fmt.Sprintf(" %s:%v", p.Name, ready(p))
	}
	return text
}

// sizes are the living pods of hashes.
func (w *world) sizes(hashes ...string) (out []int32) {
	for _, hash := range hashes {
		out = append(out, w.view().Living(hash))
	}
	return out
}

// leader is what weft's controller does with each look.
func (w *world) leader() {
	w.state = w.view().Record()
	w.act()
}

func (w *world) act() {
	for _, a := range w.view().Plan(w.now) {
		switch a.Verb {
		case Scale:
			i := slices.Index(w.sets, a.Set)
			w.sets[i] = a.Set.DeepCopy()
			w.sets[i].Spec.Replicas = &a.Replicas
		case Release, Withhold:
			w.gate(a.Pod.Name, a.Verb == Release)
		case Delete:
			w.remove(a.Pod.Name)
		case Poke:
			a.Set.Annotations[v1alpha1.AnnotationPoked] = w.now.Format(time.RFC3339)
		}
		w.watch(w)
	}
}

func (w *world) gate(name string, open bool) {
	for _, p := range w.pods {
		if p.Name == name {
			setCondition(p, Gate, open, w.now)
		}
	}
}

// kubelets look at all pods, some time after their gates have changed.
func (w *world) kubelets() {
	for _, p := range w.pods {
		w.probe(p)
		w.watch(w)
	}
}

// probe is the kubelet: a pod is ready when its containers and its gates are.
func (w *world) probe(p *corev1.Pod) {
	well := !w.sick[Hash(p)]
	setCondition(p, corev1.ContainersReady, well, w.now)
	setCondition(p, corev1.PodReady, well && !Waiting(p), w.now)
}

func setCondition(p *corev1.Pod, kind corev1.PodConditionType, is bool, now time.Time) {
	status := corev1.ConditionFalse
	if is {
		status = corev1.ConditionTrue
	}
	if c := conditionOf(p, kind); c != nil {
		if c.Status != status {
			c.Status, c.LastTransitionTime = status, metav1.NewTime(now)
		}
		return
	}
	p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{Type: kind, Status: status, LastTransitionTime: metav1.NewTime(now)})
}

func (w *world) remove(name string) {
	w.pods = slices.DeleteFunc(w.pods, func(p *corev1.Pod) bool { return p.Name == name })
	w.watch(w)
}

// replicaSets is the ReplicaSet controller: it asks before it makes a pod.
func (w *world) replicaSets() {
	for i, set := range w.sets {
		for w.living(set) > *set.Spec.Replicas {
			w.remove(w.worst(set).Name)
		}
		failed := false
		for !failed && w.living(set) < *set.Spec.Replicas {
			failed = !w.create(set)
		}
		w.sets[i] = set.DeepCopy()
		w.sets[i].Status.Conditions = nil
		if failed {
			w.sets[i].Status.Conditions = []appsv1.ReplicaSetCondition{{Type: appsv1.ReplicaSetReplicaFailure, Status: corev1.ConditionTrue}}
		}
	}
}

func (w *world) create(set *appsv1.ReplicaSet) bool {
	answer := w.view().Admit(set)
	if w.gateOnly {
		answer = Answer{Gate: Hash(set) != "v1"}
	}
	if answer.Refuse != "" {
		return false
	}
	w.serial++
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		Namespace: "shop", Name: fmt.Sprintf("%s-%03d", Hash(set), w.serial), Labels: set.Labels, CreationTimestamp: metav1.NewTime(w.now),
		OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(set, appsv1.SchemeGroupVersion.WithKind("ReplicaSet"))},
	}}
	if answer.Gate {
		p.Spec.ReadinessGates = []corev1.PodReadinessGate{{ConditionType: Gate}}
	}
	w.probe(p)
	w.pods = append(w.pods, p)
	w.watch(w)
	return true
}

func (w *world) living(set *appsv1.ReplicaSet) int32 { return w.view().Living(Hash(set)) }

// worst is the pod that goes first: one that is not ready, then the youngest.
func (w *world) worst(set *appsv1.ReplicaSet) *corev1.Pod {
	return slices.MinFunc(w.view().pods[Hash(set)], func(a, b *corev1.Pod) int {
		if ready(a) != ready(b) {
			if ready(b) {
				return -1
			}
			return 1
		}
		return -cmp.Compare(a.Name, b.Name)
	})
}

// deployment is the Deployment controller, written from its description: scale in proportion when the size has changed,
// else new pods as the surge allows, then unhealthy old ones, then healthy ones.
func (w *world) deployment() {
	n := *w.d.Spec.Replicas
	newest := w.view().newest
	if newest == nil {
		newest = w.newSet()
		w.sets = append(w.sets, newest)
		w.scale(newest, w.roomFor(newest))
	}
	if w.resized(n) {
		w.proportion(w.view().newest, n)
	} else {
		w.roll(w.view().newest, n)
	}
	w.report()
}

func (w *world) newSet() *appsv1.ReplicaSet {
	hash := w.d.Spec.Template.Spec.Containers[0].Image + w.d.Spec.Template.Annotations[restarted]
	set := &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{
		Namespace: "shop", Name: "reviews-" + hash, UID: types.UID(hash + string(w.d.UID)), CreationTimestamp: metav1.NewTime(w.now), Annotations: map[string]string{},
		Labels:          map[string]string{appsv1.DefaultDeploymentUniqueLabelKey: hash},
		OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(w.d, appsv1.SchemeGroupVersion.WithKind("Deployment"))},
	}}
	set.Spec.Replicas = new(int32)
	set.Spec.Template = *w.d.Spec.Template.DeepCopy()
	return set
}

func (w *world) total() (n int32) {
	for _, s := range w.sets {
		n += *s.Spec.Replicas
	}
	return n
}

func (w *world) roomFor(set *appsv1.ReplicaSet) int32 {
	n, have := *w.d.Spec.Replicas, *set.Spec.Replicas
	room := n + w.view().Surge() - w.total()
	return have + max(0, min(room, n-have))
}

const desired, most = "deployment.kubernetes.io/desired-replicas", "deployment.kubernetes.io/max-replicas"

// scale writes a ReplicaSet, through the floor. It says whether its size has changed.
func (w *world) scale(set *appsv1.ReplicaSet, n int32) bool {
	if !w.noFloor {
		n = w.view().Floor(set, n)
	}
	i := slices.Index(w.sets, set)
	next := set.DeepCopy()
	next.Annotations[desired] = strconv.Itoa(int(*w.d.Spec.Replicas))
	next.Annotations[most] = strconv.Itoa(int(*w.d.Spec.Replicas + w.view().Surge()))
	changed := *next.Spec.Replicas != n
	next.Spec.Replicas = &n
	w.sets[i] = next
	return changed
}

func (w *world) active() []*appsv1.ReplicaSet {
	return slices.DeleteFunc(slices.Clone(w.sets), func(s *appsv1.ReplicaSet) bool { return *s.Spec.Replicas == 0 })
}

func (w *world) resized(n int32) bool {
	return slices.ContainsFunc(w.active(), func(s *appsv1.ReplicaSet) bool { return s.Annotations[desired] != strconv.Itoa(int(n)) }) ||
		len(w.active()) == 0 && n > 0
}

func (w *world) proportion(newest *appsv1.ReplicaSet, n int32) {
	active := w.active()
	switch len(active) {
	case 0:
		w.scale(newest, n)
		return
	case 1:
		w.scale(active[0], n)
		return
	}
	allowed := int32(0)
	if n > 0 {
		allowed = n + w.view().Surge()
	}
	add, added := allowed-w.total(), int32(0)
	slices.SortStableFunc(active, func(a, b *appsv1.ReplicaSet) int {
		age := older(a, b)
		if add > 0 {
			age = -age
		}
		return cmp.Or(-cmp.Compare(*a.Spec.Replicas, *b.Spec.Replicas), age)
	})
	if add == 0 {
		for _, s := range active {
			w.scale(s, *s.Spec.Replicas)
		}
		return
	}
	size := map[string]int32{}
	for _, s := range active {
		part := w.share(s, n, allowed)
		if left := add - added; add > 0 {
			part = min(part, left)
		} else {
			part = max(part, left)
		}
		size[s.Name] = *s.Spec.Replicas + part
		added += part
	}
	size[active[0].Name] = max(0, size[active[0].Name]+add-added)
	for _, s := range active {
		w.scale(s, size[s.Name])
	}
}

func (w *world) share(s *appsv1.ReplicaSet, n, allowed int32) int32 {
	if n == 0 {
		return -*s.Spec.Replicas
	}
	before, _ := strconv.Atoi(s.Annotations[most])
	if before == 0 {
		before = int(max(w.d.Status.Replicas, 1))
	}
	return int32(math.Round(float64(*s.Spec.Replicas*allowed)/float64(before))) - *s.Spec.Replicas
}

func (w *world) availableOf(s *appsv1.ReplicaSet) int32 { return w.view().count(Hash(s), ready) }

func (w *world) roll(newest *appsv1.ReplicaSet, n int32) {
	if have := *newest.Spec.Replicas; have > n && w.scale(newest, n) || have < n && w.scale(newest, w.roomFor(newest)) {
		return
	}
	newest = w.view().newest
	var old []string
	available := w.availableOf(newest)
	for _, s := range w.sets {
		if s != newest {
			old = append(old, s.Name)
			available += w.availableOf(s)
		}
	}
	least := n - w.view().Unavailable()
	down := w.total() - least - (*newest.Spec.Replicas - w.availableOf(newest))
	for _, name := range old {
		s := w.set(name)
		if sick := min(down, *s.Spec.Replicas-w.availableOf(s)); sick > 0 {
			w.scale(s, *s.Spec.Replicas-sick)
			down -= sick
		}
	}
	if down <= 0 {
		return
	}
	for _, name := range old {
		s := w.set(name)
		if gone := min(available-least, *s.Spec.Replicas); gone > 0 {
			w.scale(s, *s.Spec.Replicas-gone)
			available -= gone
		}
	}
}

func (w *world) set(name string) *appsv1.ReplicaSet {
	return w.sets[slices.IndexFunc(w.sets, func(s *appsv1.ReplicaSet) bool { return s.Name == name })]
}

func (w *world) report() {
	s := appsv1.DeploymentStatus{ObservedGeneration: w.d.Generation, Replicas: int32(len(w.pods)), UpdatedReplicas: w.view().Living(w.view().Newest())}
	for _, p := range w.pods {
		if ready(p) {
			s.AvailableReplicas++
		}
	}
	w.d.Status = s
}
