package job

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/weft-mesh/weft/internal/rollout"
)

var now = time.Unix(1000, 0)

func order(numbered bool) rollout.JobOrder {
	return rollout.JobOrder{
		CronJob: "tests", Name: "reviews-tests-1", Owner: "u1", Number: numbered, Ends: now.Add(10 * time.Minute),
		About: rollout.Inquiry{Namespace: "shop", Canary: "reviews", Metric: "tests", Service: "reviews", Revision: "h2",
			StableRevisions: []string{"h0", "h1"}, Step: 1, Weight: 20, Pods: []string{"a", "b"}},
	}
}

func template() batchv1.JobTemplateSpec {
	t := batchv1.JobTemplateSpec{}
	t.Labels = map[string]string{"team": "shop"}
	t.Spec.Template.Spec.Containers = []corev1.Container{{Name: "it", Env: []corev1.EnvVar{
		{Name: "WEFT_REVISION", Value: "forged"}, {Name: "TARGET", Value: "http://$(WEFT_SERVICE)"},
	}}}
	return t
}

// The copy knows what it is about, goes with the Canary, and ends when nobody waits for it any more.
func TestBuild(t *testing.T) {
	of := template()
	of.Spec.Suspend, of.Spec.BackoffLimit = new(true), new(int32(0))
	got := Build(of, order(false), now)
	if got.Namespace != "shop" || got.Name != "reviews-tests-1" || got.Spec.Suspend != nil || *got.Spec.BackoffLimit != 0 {
		t.Errorf("%+v", got)
	}
	if diff := cmp.Diff(map[string]string{"team": "shop", "weft.dev/canary": "reviews"}, got.Labels); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if owner := metav1.GetControllerOf(got); owner == nil || owner.UID != "u1" || owner.Kind != "Canary" {
		t.Errorf("owner %+v", owner)
	}
	want := []corev1.EnvVar{
		{Name: "WEFT_CANARY", Value: "reviews"}, {Name: "WEFT_METRIC", Value: "tests"}, {Name: "WEFT_NAMESPACE", Value: "shop"},
		{Name: "WEFT_PODS", Value: "a,b"}, {Name: "WEFT_REVISION", Value: "h2"}, {Name: "WEFT_SERVICE", Value: "reviews"},
		{Name: "WEFT_STABLE_REVISIONS", Value: "h0,h1"}, {Name: "WEFT_STEP", Value: "1"}, {Name: "WEFT_WEIGHT", Value: "20"},
		{Name: "TARGET", Value: "http://$(WEFT_SERVICE)"},
	}
	if diff := cmp.Diff(want, got.Spec.Template.Spec.Containers[0].Env); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	before := template()
	before.Spec.Suspend, before.Spec.BackoffLimit = new(true), new(int32(0))
	if diff := cmp.Diff(before, of); diff != "" {
		t.Errorf("the template was changed:\n%s", diff)
	}
}

func TestTimesOfAJob(t *testing.T) {
	for name, c := range map[string]struct {
		own      *int64
		left     time.Duration
		deadline int64
		ownKept  *int32
		kept     int32
	}{
		"nothing said":          {nil, 10 * time.Minute, 600, nil, 3600},
		"shorter than the step": {new(int64(60)), 10 * time.Minute, 60, new(int32(7200)), 7200},
		"longer than the step":  {new(int64(900)), 10 * time.Minute, 600, nil, 3600},
		"gone before it's read": {nil, 10 * time.Minute, 600, new(int32(0)), 600},
		"the deadline is over":  {nil, -time.Second, 1, nil, 3600},
	} {
		of, o := template(), order(false)
		of.Spec.ActiveDeadlineSeconds, of.Spec.TTLSecondsAfterFinished, o.Ends = c.own, c.ownKept, now.Add(c.left)
		got := Build(of, o, now).Spec
		if *got.ActiveDeadlineSeconds != c.deadline || *got.TTLSecondsAfterFinished != c.kept {
			t.Errorf("%s: %d and %d, want %d and %d", name, *got.ActiveDeadlineSeconds, *got.TTLSecondsAfterFinished, c.deadline, c.kept)
		}
	}
}

// Only a program that ran to its end has found something.
func TestResult(t *testing.T) {
	exit := func(code int32, reason, message string) corev1.ContainerStateTerminated {
		return corev1.ContainerStateTerminated{ExitCode: code, Reason: reason, Message: message}
	}
	problem := func(text string) rollout.Reading { return rollout.Reading{Problem: text} }
	const complete, failed = batchv1.JobComplete, batchv1.JobFailed
	for name, c := range map[string]struct {
		condition batchv1.JobConditionType
		reason    string
		exits     []corev1.ContainerStateTerminated
		number    bool
		want      rollout.Reading
		running   bool
	}{
		"runs": {running: true},
		"passes": {condition: complete, exits: []corev1.ContainerStateTerminated{exit(0, "Completed", "40 of\n40 passed")},
			want: rollout.Reading{Passed: true, Said: "the Job j succeeded: 40 of 40 passed"}},
		"says no": {condition: failed, reason: "BackoffLimitExceeded", exits: []corev1.ContainerStateTerminated{exit(3, "Error", "")},
			want: rollout.Reading{Said: "the Job j failed with exit code 3"}},
		"was killed": {condition: failed, reason: "BackoffLimitExceeded", exits: []corev1.ContainerStateTerminated{exit(137, "Error", "")},
			want: problem("the Job j could not run: no program of it has said no")},
		"had too little memory": {condition: failed, reason: "BackoffLimitExceeded", exits: []corev1.ContainerStateTerminated{exit(1, "OOMKilled", "")},
			want: problem("the Job j could not run: no program of it has said no")},
		"was never started": {condition: failed, reason: "BackoffLimitExceeded", want: problem("the Job j could not run: no program of it has said no")},
		"took too long": {condition: failed, reason: "DeadlineExceeded", exits: []corev1.ContainerStateTerminated{exit(1, "Error", "")},
			want: problem("the Job j took too long")},
		"leaves a number": {condition: complete, number: true, exits: []corev1.ContainerStateTerminated{exit(0, "Completed", " 0.25\n")},
			want: rollout.Reading{Canary: 0.25}},
		"leaves NaN": {condition: complete, number: true, exits: []corev1.ContainerStateTerminated{exit(0, "Completed", "NaN")},
			want: problem("the termination message of the Job j is not a finite number")},
		"leaves words": {condition: complete, number: true, exits: []corev1.ContainerStateTerminated{exit(0, "Completed", "fine")},
			want: problem("the termination message of the Job j is not a finite number")},
		"leaves nothing": {condition: complete, number: true, exits: []corev1.ContainerStateTerminated{exit(0, "Completed", "")},
			want: problem("the Job j has left 0 termination messages instead of one")},
		"leaves two numbers": {condition: complete, number: true, exits: []corev1.ContainerStateTerminated{exit(0, "Completed", "1"), exit(0, "Completed", "2")},
			want: problem("the Job j has left 2 termination messages instead of one")},
		"fails without a number": {condition: failed, number: true, reason: "BackoffLimitExceeded", exits: []corev1.ContainerStateTerminated{exit(1, "Error", "9")},
			want: problem("the Job j failed, so there is no number")},
	} {
		j := ownedJob("j", "u1")
		if c.condition != "" {
			j.Status.Conditions = []batchv1.JobCondition{{Type: c.condition, Status: corev1.ConditionTrue, Reason: c.reason}}
		}
		got, ended := Result(j, []corev1.Pod{podOf(j, c.exits...), podOf(ownedJob("other", "u1"), exit(9, "Error", "not mine"))}, order(c.number))
		if diff := cmp.Diff(c.want, got); diff != "" || ended == c.running {
			t.Errorf("%s: ended %v (-want +got):\n%s", name, ended, diff)
		}
	}
}

// A Job that somebody else has given the name has found nothing.
func TestJobOfSomebodyElse(t *testing.T) {
	j := ownedJob("j", "u2")
	j.Status.Conditions = []batchv1.JobCondition{{Type: batchv1.JobComplete, Status: corev1.ConditionTrue}}
	if got, ended := Result(j, nil, order(false)); !ended || got.Passed || got.Problem == "" {
		t.Errorf("%+v", got)
	}
}

func TestMessageIsShort(t *testing.T) {
	j := ownedJob("j", "u1")
	j.Status.Conditions = []batchv1.JobCondition{{Type: batchv1.JobComplete, Status: corev1.ConditionTrue}}
	long := corev1.ContainerStateTerminated{Message: strings.Repeat("é\x00\x1b", 4096)}
	got, _ := Result(j, []corev1.Pod{podOf(j, long)}, order(false))
	if n := len([]rune(got.Said)); n > 240 || strings.ContainsAny(got.Said, "\x00\x1b") {
		t.Errorf("%d characters: %q", n, got.Said)
	}
}

func ownedJob(name string, owner types.UID) *batchv1.Job {
	o := order(false)
	o.Name, o.Owner = name, owner
	j := Build(template(), o, now)
	j.UID = types.UID("uid of " + name)
	return j
}

func podOf(j *batchv1.Job, exits ...corev1.ContainerStateTerminated) corev1.Pod {
	p := corev1.Pod{ObjectMeta: metav1.ObjectMeta{OwnerReferences: []metav1.OwnerReference{
		*metav1.NewControllerRef(j, batchv1.SchemeGroupVersion.WithKind("Job")),
	}}}
	for i := range exits {
		p.Status.ContainerStatuses = append(p.Status.ContainerStatuses, corev1.ContainerStatus{State: corev1.ContainerState{Terminated: &exits[i]}})
	}
	return p
}
