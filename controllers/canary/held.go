package canary

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/controllers/mesh"
	"github.com/weft-mesh/weft/internal/apply"
	"github.com/weft-mesh/weft/internal/hold"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/rollout"
)

// again is how often a rollout that is held is looked at when nothing has happened.
const again = 2 * time.Second

// lookAt reads the Deployment that a Canary holds. It is false for the other form.
func (c *Controller) lookAt(ctx context.Context, object *v1alpha1.Canary) (hold.View, bool, error) {
	name, is := hold.Target(object)
	if !is {
		return hold.View{}, false, nil
	}
	in, err := c.Hold.Input(ctx, object, name)
	return hold.Look(in), true, err
}

// inputHeld adds what the Deployment says. The Canary in the input is a copy with what is remembered from now on.
func inputHeld(in *rollout.Input, v hold.View, state *mesh.State, around hold.Around) {
	object := in.Canary.DeepCopy()
	object.Status.Hold = v.Status()
	object.Status.Hold.Findings = v.Findings(completed(around, object, state))
	in.Canary = object
	selector := selectorOf(state, object)
	if in.Conflict == "" {
		in.ConflictReason, in.Conflict = refusal(v, object, selector)
	}
	in.Held, in.Revision = rollout.HeldBy(v, object, selector, in.Now)
	pinned := in.Revision
	if run := object.Status.Run; run != nil && run.Revision != "" && rollout.InProgress(object) {
		pinned = run.Revision
	}
	in.CanaryPods = int(v.Living(pinned))
	for _, p := range behind(state, object) {
		switch its := model.RevisionOf(p) == pinned; {
		case its && (model.Serving(p) || hold.Serving(p)):
			in.Serving.Canary++
			in.Pods.Canary = append(in.Pods.Canary, p.Name)
		case !its && model.Serving(p):
			in.Serving.Stable++
			stableServes(in, p)
		}
	}
	sortPods(in)
	in.Serving.NextStable = in.Serving.Stable
}

// completed adds to what stands around a Deployment what is known already.
func completed(around hold.Around, object *v1alpha1.Canary, state *mesh.State) hold.Around {
	for _, s := range state.Snapshot.Services {
		if s.Namespace == object.Namespace {
			around.Services = append(around.Services, s)
		}
	}
	for _, step := range object.Spec.Steps {
		around.Weights = append(around.Weights, step.Weight)
		around.LongestStep = max(around.LongestStep, rollout.StepDuration(step))
	}
	return around
}

// refusal is why the rollout can't be held, a word and a sentence.
func refusal(v hold.View, object *v1alpha1.Canary, selector map[string]string) (reason, message string) {
	name := object.Spec.TargetRef.Name
	if reason, message = v.Refusal(name); reason != "" {
		return reason, message
	}
	if template := labels.Set(v.Deployment.Spec.Template.Labels); !labels.SelectorFromSet(selector).Matches(template) {
		return hold.ReasonNotBehindService, fmt.Sprintf("Service %s does not select the pods of Deployment %s", object.Spec.Service.Name, name)
	}
	return "", ""
}

// selectorOf is that of the Canary's Service. While the Service is away, which is a reason to wait, it is what it was.
func selectorOf(state *mesh.State, object *v1alpha1.Canary) map[string]string {
	if s, found := state.Model.Service(model.Key{Namespace: object.Namespace, Name: object.Spec.Service.Name}); found {
		return s.Selector
	}
	if run := object.Status.Run; run != nil {
		return run.Stable.MatchLabels
	}
	return nil
}

// act does what the stored decision asks for, in order: an action that fails holds back those after it. A younger Canary
// for the same Deployment does nothing.
func (c *Controller) act(ctx context.Context, object *v1alpha1.Canary, now time.Time) error {
	v, is, err := c.lookAt(ctx, object)
	if err != nil || !is {
		return err
	}
	owner, err := c.Hold.Owner(ctx, object.Namespace, object.Spec.TargetRef.Name)
	if err != nil || owner == nil || owner.UID != object.UID {
		return err
	}
	for _, a := range v.Plan(now) {
		if err := c.do(ctx, a, now); err != nil {
			return err
		}
	}
	return nil
}

func (c *Controller) do(ctx context.Context, a hold.Action, now time.Time) error {
	switch a.Verb {
	case hold.Scale:
		return c.Writer.ScaleReplicaSet(ctx, apply.ReplicaSetScale, a.Set, a.Replicas)
	case hold.Poke:
		return c.Writer.Annotate(ctx, apply.ReplicaSetPoke, a.Set, v1alpha1.AnnotationPoked, now.UTC().Format(time.RFC3339))
	case hold.Delete:
		return c.Writer.DeletePod(ctx, apply.PodDelete, a.Pod)
	}
	return c.Writer.Gate(ctx, apply.PodGate, a.Pod, hold.Gate, a.Verb == hold.Release, now)
}
