package envtest

import (
	"fmt"
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	patches "k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
	writer "github.com/weft-mesh/weft/internal/apply"
	"github.com/weft-mesh/weft/internal/hold"
	"github.com/weft-mesh/weft/internal/observe"
	"github.com/weft-mesh/weft/internal/rollout"
)

// release is a Deployment with a Canary, between Kubernetes' own controllers and webhook, and what the operator decides
// and does. Only kubelets and proxies are missing: pods are ready as soon as their gates are open, and a step is acknowledged
// at the second look. Each look counts as two seconds.
type release struct {
	canary   *v1alpha1.Canary
	operator writer.Writer
	about    observe.Hold
	now      time.Time
	looks    int
	bad      bool            // requests to the new version fail
	sick     map[string]bool // pods that are not ready
	least    int             // fewest pods that served everybody since it was set
}

// newRelease has a complete Deployment of so many pods.
func newRelease(ctx SpecContext, name string, replicas int32, steps ...int32) *release {
	GinkgoHelper()
	few := int64(10)
	c := &v1alpha1.Canary{ObjectMeta: metav1.ObjectMeta{Namespace: heldNamespace, Name: name}}
	c.Spec.Service.Name = name
	c.Spec.TargetRef = &v1alpha1.WorkloadReference{Kind: v1alpha1.KindDeployment, Name: name}
	for _, weight := range steps {
		c.Spec.Steps = append(c.Spec.Steps, v1alpha1.CanaryStep{Weight: weight, Duration: &metav1.Duration{Duration: 4 * time.Second}, MinRequests: &few})
	}
	Expect(api.Create(ctx, c)).To(Succeed())
	r := &release{
		canary: c, operator: writer.NewWriter(as(operatorAccount)), about: observe.Hold{Reader: api, Now: api}, now: time.Now(), sick: map[string]bool{},
	}
	DeferCleanup(r.remove)
	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: heldNamespace, Name: name}}
	d.Spec.Replicas, d.Spec.RevisionHistoryLimit = &replicas, new(int32(10))
	d.Spec.Template = heldTemplate("v1")
	d.Spec.Template.Labels = map[string]string{"app": name}
	d.Spec.Selector = &metav1.LabelSelector{MatchLabels: d.Spec.Template.Labels}
	Expect(api.Create(ctx, d)).To(Succeed())
	r.eventually(ctx, "the first version is stable", func() bool { return len(r.hold().StableHashes) == 1 && r.total(ctx) == int(replicas) })
	return r
}

func (r *release) remove(ctx SpecContext) {
	Expect(client.IgnoreNotFound(api.Delete(ctx, r.deployment(ctx)))).To(Succeed())
	for _, kind := range []client.Object{&appsv1.ReplicaSet{}, &corev1.Pod{}} {
		Expect(api.DeleteAllOf(ctx, kind, client.InNamespace(heldNamespace), client.MatchingLabels{"app": r.canary.Name}, client.GracePeriodSeconds(0))).To(Succeed())
	}
	Expect(api.Delete(ctx, r.canary)).To(Succeed())
}

func (r *release) hold() v1alpha1.CanaryHold {
	if r.canary.Status.Hold == nil {
		return v1alpha1.CanaryHold{}
	}
	return *r.canary.Status.Hold
}

func (r *release) deployment(ctx SpecContext) *appsv1.Deployment {
	GinkgoHelper()
	d := &appsv1.Deployment{}
	Expect(api.Get(ctx, client.ObjectKeyFromObject(r.canary), d)).To(Succeed())
	return d
}

// image and resize are what a user does.
func (r *release) image(ctx SpecContext, image string) {
	GinkgoHelper()
	Expect(api.Patch(ctx, r.deployment(ctx), merge(`{"spec":{"template":{"spec":{"containers":[{"name":"app","image":"example.com/reviews:`+image+`"}]}}}}`))).To(Succeed())
}

func (r *release) resize(ctx SpecContext, n int) {
	GinkgoHelper()
	Expect(api.Patch(ctx, r.deployment(ctx), merge(fmt.Sprintf(`{"spec":{"replicas":%d}}`, n)))).To(Succeed())
}

func (r *release) pods(ctx SpecContext) []corev1.Pod {
	GinkgoHelper()
	var list corev1.PodList
	Expect(api.List(ctx, &list, client.InNamespace(heldNamespace), client.MatchingLabels{"app": r.canary.Name})).To(Succeed())
	return slices.DeleteFunc(list.Items, func(p corev1.Pod) bool { return p.DeletionTimestamp != nil })
}

func (r *release) total(ctx SpecContext) int { return len(r.pods(ctx)) }

// sizes are the pods of images.
func (r *release) sizes(ctx SpecContext, images ...string) []int {
	GinkgoHelper()
	out := make([]int, len(images))
	for _, p := range r.pods(ctx) {
		if i := slices.Index(images, p.Spec.Containers[0].Image[len("example.com/reviews:"):]); i >= 0 {
			out[i]++
		}
	}
	return out
}

// eventually looks until something is so.
func (r *release) eventually(ctx SpecContext, what string, is func() bool) {
	GinkgoHelper()
	Eventually(func() bool {
		r.look(ctx)
		return is()
	}).WithTimeout(90*time.Second).WithPolling(100*time.Millisecond).Should(BeTrue(), func() string {
		return fmt.Sprintf("%s: v1 v2 v3: %v; %s; %+v", what, r.sizes(ctx, "v1", "v2", "v3"), r.canary.Status.Message, r.hold())
	})
}

// stays looks for a while, and something is so all the time.
func (r *release) stays(ctx SpecContext, what string, is func() bool) {
	GinkgoHelper()
	Consistently(func() bool {
		r.look(ctx)
		return is()
	}).WithTimeout(3*time.Second).WithPolling(100*time.Millisecond).Should(BeTrue(), func() string {
		return fmt.Sprintf("%s: v1 v2 v3: %v", what, r.sizes(ctx, "v1", "v2", "v3"))
	})
}

func (r *release) phase(p v1alpha1.CanaryPhase) func() bool {
	return func() bool { return r.canary.Status.Phase == p }
}

// look is one look of the kubelets, and one of the operator.
func (r *release) look(ctx SpecContext) {
	GinkgoHelper()
	r.now = r.now.Add(2 * time.Second)
	r.kubelets(ctx)
	Expect(client.IgnoreNotFound(api.Get(ctx, client.ObjectKeyFromObject(r.canary), r.canary))).To(Succeed())
	v := r.view(ctx)
	d := rollout.Next(r.input(v))
	r.canary.Status = d.Status
	Expect(api.Status().Update(ctx, r.canary)).To(Succeed())
	for _, a := range r.view(ctx).Plan(r.now) {
		Expect(r.do(ctx, a)).To(Succeed())
	}
}

func (r *release) view(ctx SpecContext) hold.View {
	GinkgoHelper()
	in, err := r.about.Input(ctx, r.canary, r.canary.Name)
	Expect(err).NotTo(HaveOccurred())
	return hold.Look(in)
}

func (r *release) do(ctx SpecContext, a hold.Action) error {
	switch a.Verb {
	case hold.Scale:
		return r.operator.ScaleReplicaSet(ctx, writer.ReplicaSetScale, a.Set, a.Replicas)
	case hold.Poke:
		return r.operator.Annotate(ctx, writer.ReplicaSetPoke, a.Set, v1alpha1.AnnotationPoked, r.now.UTC().Format(time.RFC3339))
	case hold.Delete:
		return r.operator.DeletePod(ctx, writer.PodDelete, a.Pod)
	}
	return r.operator.Gate(ctx, writer.PodGate, a.Pod, hold.Gate, a.Verb == hold.Release, r.now)
}

func (r *release) input(v hold.View) rollout.Input {
	object := r.canary.DeepCopy()
	object.Status.Hold = v.Status()
	in := rollout.Input{Canary: object, Decidable: true, Now: r.now}
	in.Held, in.Revision = rollout.HeldBy(v, object, map[string]string{"app": r.canary.Name}, r.now)
	pinned := in.Revision
	if run := object.Status.Run; run != nil && run.Revision != "" && rollout.InProgress(object) {
		pinned = run.Revision
	}
	for _, p := range v.Pods {
		its := hold.Hash(p) == pinned
		ready := slices.ContainsFunc(p.Status.Conditions, func(c corev1.PodCondition) bool {
			return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
		})
		switch {
		case p.Labels["app"] != r.canary.Name || p.DeletionTimestamp != nil:
		case its && (ready || hold.Serving(p)):
			in.Serving.Canary++
		case !its && ready:
			in.Serving.Stable++
		}
	}
	in.Acks = v1alpha1.Acknowledgement{Total: 1, Acknowledged: 1}
	if p := object.Status.Position; p != nil && p.Sequence != int64(r.looks) {
		r.looks, in.Acks.Acknowledged = int(p.Sequence), 0
	}
	if w := object.Status.Weight; w != nil && w.Acknowledged > 0 && in.Serving.Canary > 0 {
		counts := rollout.PodCounts{Requests: 40}
		if r.bad {
			counts.Errors, counts.LeastErrorSeconds, counts.MostErrorSeconds, counts.Reasons = 20, 2, 2, map[string]int64{"5xx": 20}
		}
		in.Batch.Canary.Pods = map[string]rollout.PodCounts{"10.0.2.1": counts, "10.0.2.2": counts}
		in.Batch.Stable.Pods = map[string]rollout.PodCounts{"10.0.1.1": {Requests: 400}}
	}
	return in
}

// kubelets make pods as ready as their gates let them be, and delete those that are to go.
func (r *release) kubelets(ctx SpecContext) {
	GinkgoHelper()
	served := 0
	var list corev1.PodList
	Expect(api.List(ctx, &list, client.InNamespace(heldNamespace), client.MatchingLabels{"app": r.canary.Name})).To(Succeed())
	for i := range list.Items {
		p := &list.Items[i]
		if p.DeletionTimestamp != nil {
			Expect(client.IgnoreNotFound(api.Delete(ctx, p, client.GracePeriodSeconds(0)))).To(Succeed())
			continue
		}
		well, ready := "True", "True"
		if r.sick[p.Name] {
			well, ready = "False", "False"
		}
		if hold.Waiting(p) {
			ready = "False"
		}
		if ready == "True" {
			served++
		}
		if r.is(p, corev1.ContainersReady, well) && r.is(p, corev1.PodReady, ready) {
			continue
		}
		text := fmt.Sprintf(`{"status":{"phase":"Running","conditions":[{"type":"ContainersReady","status":%q},{"type":"Ready","status":%q,"lastTransitionTime":%q}]}}`,
			well, ready, time.Now().UTC().Format(time.RFC3339))
		Expect(client.IgnoreNotFound(api.Status().Patch(ctx, p, client.RawPatch(patches.StrategicMergePatchType, []byte(text))))).To(Succeed())
	}
	r.least = min(r.least, served)
}

func (r *release) is(p *corev1.Pod, kind corev1.PodConditionType, status string) bool {
	return slices.ContainsFunc(p.Status.Conditions, func(c corev1.PodCondition) bool { return c.Type == kind && string(c.Status) == status })
}
