package job

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/rollout"
)

const (
	// kept is how long a Job stays that has ended, at least: its result must be read.
	kept = 10 * time.Minute
	// keptByDefault is for a template that says nothing.
	keptByDefault = time.Hour
	// longestLabel is how long a label's value may be.
	longestLabel = 63
)

// Build makes the Job that an order asks for: a copy of the template that goes with the Canary, ends with the step's deadline,
// and knows what it is about.
func Build(template batchv1.JobTemplateSpec, order rollout.JobOrder, now time.Time) *batchv1.Job {
	about, yes := order.About, true
	out := &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: about.Namespace, Name: order.Name, Labels: maps.Clone(template.Labels), Annotations: maps.Clone(template.Annotations),
			OwnerReferences: []metav1.OwnerReference{{
				APIVersion: v1alpha1.GroupVersion.String(), Kind: "Canary", Name: about.Canary, UID: order.Owner, Controller: &yes,
			}},
		},
		Spec: *template.Spec.DeepCopy(),
	}
	if out.Labels == nil {
		out.Labels = map[string]string{}
	}
	if len(about.Canary) <= longestLabel {
		out.Labels[v1alpha1.LabelCanary] = about.Canary
	}
	spec := &out.Spec
	spec.Suspend, spec.Selector, spec.ManualSelector = nil, nil, nil
	spec.ActiveDeadlineSeconds = sooner(spec.ActiveDeadlineSeconds, order.Ends.Sub(now))
	spec.TTLSecondsAfterFinished = keptFor(spec.TTLSecondsAfterFinished)
	for _, all := range [][]corev1.Container{spec.Template.Spec.InitContainers, spec.Template.Spec.Containers} {
		for i := range all {
			all[i].Env = withEnvironment(all[i].Env, about)
		}
	}
	return out
}

func sooner(own *int64, left time.Duration) *int64 {
	seconds := max(1, int64(left/time.Second))
	if own != nil {
		seconds = min(seconds, *own)
	}
	return &seconds
}

func keptFor(own *int32) *int32 {
	seconds := int32(keptByDefault / time.Second)
	if own != nil {
		seconds = max(*own, int32(kept/time.Second))
	}
	return &seconds
}

// withEnvironment tells a container what the Job is about. A variable of the same name gives way.
func withEnvironment(own []corev1.EnvVar, about rollout.Inquiry) []corev1.EnvVar {
	of := []corev1.EnvVar{
		{Name: "WEFT_CANARY", Value: about.Canary},
		{Name: "WEFT_METRIC", Value: about.Metric},
		{Name: "WEFT_NAMESPACE", Value: about.Namespace},
		{Name: "WEFT_PODS", Value: strings.Join(about.Pods, ",")},
		{Name: "WEFT_REVISION", Value: about.Revision},
		{Name: "WEFT_SERVICE", Value: about.Service},
		{Name: "WEFT_STABLE_REVISIONS", Value: strings.Join(about.StableRevisions, ",")},
		{Name: "WEFT_STEP", Value: strconv.Itoa(int(about.Step))},
		{Name: "WEFT_WEIGHT", Value: strconv.Itoa(int(about.Weight))},
	}
	rest := slices.DeleteFunc(slices.Clone(own), func(e corev1.EnvVar) bool {
		return slices.ContainsFunc(of, func(o corev1.EnvVar) bool { return o.Name == e.Name })
	})
	return append(of, rest...) // first, so that the template's own variables may use them
}
