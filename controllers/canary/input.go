package canary

import (
	"context"
	"slices"
	"strconv"
	"time"

	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"

	corev1 "k8s.io/api/core/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/controllers/mesh"
	"github.com/weft-mesh/weft/internal/ack"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/rollout"
)

// input gathers what a decision about one Canary is made of, and the ledger to keep when the decision is stored.
func (c *Controller) input(state *mesh.State, object *v1alpha1.Canary, now time.Time) (rollout.Input, rollout.Ledger) {
	key := model.Key{Namespace: object.Namespace, Name: object.Name}
	uid := string(object.UID)
	view := c.Fleet.View()
	stamp := model.Stamp{UID: uid, Version: sequence(object)}
	in := rollout.Input{
		Canary:    object,
		Decidable: view.Complete,
		Acks:      ack.Count(view, state.DependentPods(uid, view), stamp),
		Answers:   c.Hooks.Answers(client.ObjectKeyFromObject(object)),
		Readings:  c.Meter.Readings(client.ObjectKeyFromObject(object)),
		Now:       now,
	}
	if !state.Joined(object.Namespace) {
		in.Conflict, in.ConflictReason = "the namespace has not joined the mesh", "NoMesh"
	} else if f, found := state.Model.FindingFor("Canary", key); found && f.Fatal {
		in.Conflict, in.ConflictReason = f.Field+": "+f.Message, f.Reason
	}
	fromMesh(&in, state.Snapshot.Mesh)
	countPods(&in, state, object)
	in.Names = names(state, object.Namespace)
	tally, ledger := c.takeLedger(object).Diff(c.Fleet.Reports(), rollout.RulesOf(object), now)
	if run := object.Status.Run; run != nil {
		stable, canary := model.SubsetNames(*run)
		in.Batch = tally.Batch(stable, canary, pinned(state, run)).
			Warm(olderThan(state, rollout.WarmUp(&object.Spec), now))
	}
	return in, ledger.Keep(exists(state))
}

func fromMesh(in *rollout.Input, m *v1alpha1.Mesh) {
	if m == nil {
		return
	}
	in.Templates = m.Spec.MetricTemplates
	in.Frozen = m.Status.Certificates != nil && m.Status.Certificates.Phase == v1alpha1.CertificatesRetire
}

// names of the pods of a namespace, by address.
func names(state *mesh.State, namespace string) map[string]string {
	out := map[string]string{}
	for _, p := range state.Snapshot.Pods {
		if p.Namespace == namespace && p.Status.PodIP != "" {
			out[p.Status.PodIP] = p.Name
		}
	}
	return out
}

// ready says whether the latest build of the world has looked at the Canary as it is now. An older one knows nothing of
// what is wrong with it; the next build wakes this loop.
func (c *Controller) ready(ctx context.Context, state *mesh.State, object *v1alpha1.Canary) (bool, error) {
	if !state.Joined(object.Namespace) {
		return c.Homes.Outside(ctx, object.Namespace)
	}
	return slices.ContainsFunc(state.Snapshot.Canaries, func(c *v1alpha1.Canary) bool {
		return c.UID == object.UID && c.Generation == object.Generation
	}), nil
}

// countPods finds the newest revision and the serving pods of both versions, where these are two workloads.
func countPods(in *rollout.Input, state *mesh.State, object *v1alpha1.Canary) {
	if object.Spec.Workloads == nil {
		return
	}
	stable, canary := object.Spec.Workloads.Stable, object.Spec.Workloads.Canary
	next := stable
	pods := behind(state, object)
	var newest *corev1.Pod
	for _, p := range pods {
		if p.DeletionTimestamp != nil || !selects(canary, p) {
			continue
		}
		in.CanaryPods++
		if newest == nil || newest.CreationTimestamp.Before(&p.CreationTimestamp) {
			newest = p
		}
	}
	if newest != nil {
		in.Revision = model.RevisionOf(newest)
	}
	pinned := in.Revision
	if run := object.Status.Run; run != nil {
		stable, canary = run.Stable, run.Canary
		if run.Revision != "" {
			pinned = run.Revision
		}
	}
	for _, p := range pods {
		if !model.Serving(p) {
			continue
		}
		if selects(stable, p) {
			in.Serving.Stable++
			stableServes(in, p)
		}
		if selects(next, p) {
			in.Serving.NextStable++
		}
		if selects(canary, p) && model.RevisionOf(p) == pinned {
			in.Serving.Canary++
			in.Pods.Canary = append(in.Pods.Canary, p.Name)
		}
	}
	sortPods(in)
}

// stableServes notes a serving pod of the stable version.
func stableServes(in *rollout.Input, p *corev1.Pod) {
	in.Pods.Stable = append(in.Pods.Stable, p.Name)
	if r := model.RevisionOf(p); r != "" {
		in.StableRevisions = append(in.StableRevisions, r)
	}
}

func sortPods(in *rollout.Input) {
	slices.Sort(in.Pods.Stable)
	slices.Sort(in.Pods.Canary)
	slices.Sort(in.StableRevisions)
	in.StableRevisions = slices.Compact(in.StableRevisions)
}

// behind are the pods of the Canary's Service: others may have the labels of its versions too. Without the Service,
// which is a reason to wait and not to go back, they are those of the namespace.
func behind(state *mesh.State, object *v1alpha1.Canary) []*corev1.Pod {
	selector := labels.Everything()
	if s, found := state.Model.Service(model.Key{Namespace: object.Namespace, Name: object.Spec.Service.Name}); found {
		selector = labels.SelectorFromSet(s.Selector)
	}
	var out []*corev1.Pod
	for _, p := range state.Snapshot.Pods {
		if p.Namespace == object.Namespace && selector.Matches(labels.Set(p.Labels)) {
			out = append(out, p)
		}
	}
	return out
}

func selects(s v1alpha1.PodSelector, p *corev1.Pod) bool {
	return len(s.MatchLabels) > 0 && labels.SelectorFromSet(s.MatchLabels).Matches(labels.Set(p.Labels))
}

// pinned says whether the pod at an address is of the revision that is judged.
func pinned(state *mesh.State, run *v1alpha1.CanaryRun) func(address string) bool {
	revisions := map[string]string{}
	for _, p := range state.Snapshot.Pods {
		revisions[p.Status.PodIP] = model.RevisionOf(p)
	}
	return func(address string) bool { return revisions[address] == run.Revision }
}

// olderThan says whether the pod at an address began long enough ago. The age does not begin anew with a container: a pod
// that crashes again and again does not stay young.
func olderThan(state *mesh.State, age time.Duration, now time.Time) func(address string) bool {
	began := map[string]time.Time{}
	for _, p := range state.Snapshot.Pods {
		if at := p.Status.StartTime; at != nil {
			began[p.Status.PodIP] = at.Time
		}
	}
	return func(address string) bool {
		at, found := began[address]
		return found && now.Sub(at) >= age
	}
}

// exists says whether a pod has not been deleted for good.
func exists(state *mesh.State) func(uid string) bool {
	uids := map[string]bool{}
	for _, p := range state.Snapshot.Pods {
		uids[string(p.UID)] = true
	}
	return func(uid string) bool { return uids[uid] }
}

func sequence(object *v1alpha1.Canary) string {
	if object.Status.Position == nil {
		return ""
	}
	return strconv.FormatInt(object.Status.Position.Sequence, 10)
}

// takeLedger is the ledger of a Canary; a new one takes nothing at first.
func (c *Controller) takeLedger(object *v1alpha1.Canary) rollout.Ledger {
	c.mu.Lock()
	defer c.mu.Unlock()
	if l, found := c.ledgers[client.ObjectKeyFromObject(object)]; found {
		return l
	}
	return rollout.NewLedger(object.Namespace, object.Name)
}
