package job

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/internal/rollout"
)

// Result is what became of a Job. It is false as long as it has not ended. Pods may be of other Jobs, too. The reading has no
// ID.
func Result(j *batchv1.Job, pods []corev1.Pod, order rollout.JobOrder) (rollout.Reading, bool) {
	if !owned(j, order) {
		return rollout.Reading{Problem: "the Job " + j.Name + " is not one of this Canary"}, true
	}
	ends := ended(j, pods)
	if c := condition(j, batchv1.JobFailed); c != nil {
		return failed(j.Name, c.Reason, ends, order), true
	}
	if condition(j, batchv1.JobComplete) == nil {
		return rollout.Reading{}, false
	}
	if !order.Number {
		return rollout.Reading{Passed: true, Said: "the Job " + j.Name + " succeeded" + saidBy(ends)}, true
	}
	return number(j.Name, ends), true
}

func owned(j *batchv1.Job, order rollout.JobOrder) bool {
	owner := metav1.GetControllerOf(j)
	return owner != nil && owner.UID == order.Owner
}

func condition(j *batchv1.Job, kind batchv1.JobConditionType) *batchv1.JobCondition {
	i := slices.IndexFunc(j.Status.Conditions, func(c batchv1.JobCondition) bool { return c.Type == kind && c.Status == corev1.ConditionTrue })
	if i < 0 {
		return nil
	}
	return &j.Status.Conditions[i]
}

// ended are the ends of the containers of a Job's pods, without init containers and sidecars.
func ended(j *batchv1.Job, pods []corev1.Pod) (out []corev1.ContainerStateTerminated) {
	for i := range pods {
		if !metav1.IsControlledBy(&pods[i], j) {
			continue
		}
		for _, c := range pods[i].Status.ContainerStatuses {
			if c.State.Terminated != nil {
				out = append(out, *c.State.Terminated)
			}
		}
	}
	return out
}

// mostByChoice is the largest exit code that a program gives by itself. Those above are of shells that could not start one, and
// of signals.
const mostByChoice = 125

// failed tells a program that says no from one that could not run.
func failed(name, why string, ends []corev1.ContainerStateTerminated, order rollout.JobOrder) rollout.Reading {
	switch {
	case why == batchv1.JobReasonDeadlineExceeded:
		return rollout.Reading{Problem: "the Job " + name + " took too long"}
	case order.Number:
		return rollout.Reading{Problem: "the Job " + name + " failed, so there is no number"}
	}
	for _, e := range ends {
		if e.ExitCode > 0 && e.ExitCode <= mostByChoice && e.Reason == "Error" {
			return rollout.Reading{Said: fmt.Sprintf("the Job %s failed with exit code %d%s", name, e.ExitCode, saidBy([]corev1.ContainerStateTerminated{e}))}
		}
	}
	return rollout.Reading{Problem: "the Job " + name + " could not run: no program of it has said no"}
}

// number is what exactly one container has left as its message.
func number(name string, ends []corev1.ContainerStateTerminated) rollout.Reading {
	var texts []string
	for _, e := range ends {
		if text := strings.TrimSpace(e.Message); text != "" && e.ExitCode == 0 {
			texts = append(texts, text)
		}
	}
	if len(texts) != 1 {
		return rollout.Reading{Problem: fmt.Sprintf("the Job %s has left %d termination messages instead of one", name, len(texts))}
	}
	v, err := strconv.ParseFloat(texts[0], 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return rollout.Reading{Problem: "the termination message of the Job " + name + " is not a finite number"}
	}
	return rollout.Reading{Canary: v}
}

// saidBy is what a program has left as its message, short and in one line.
func saidBy(ends []corev1.ContainerStateTerminated) string {
	const most = 200
	for _, e := range ends {
		words := strings.Fields(strings.Map(func(r rune) rune {
			if unicode.IsPrint(r) {
				return r
			}
			return ' '
		}, e.Message))
		text := []rune(strings.Join(words, " "))
		if len(text) > most {
			text = append(text[:most], '…')
		}
		if len(text) > 0 {
			return ": " + string(text)
		}
	}
	return ""
}
