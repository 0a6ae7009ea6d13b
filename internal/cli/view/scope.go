package view

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/cli/dump"
	"github.com/weft-mesh/weft/internal/model"
)

// Scope is how much of its mesh a proxy knows, and why.
func Scope(s dump.Scope) string {
	if s.Whole {
		return fmt.Sprintf("Scope: the whole mesh, %d Services\n", len(s.Services))
	}
	text := fmt.Sprintf("Scope: %d Services; others when they are called\n", len(s.Services))
	text += list("own namespace", fmt.Sprint(len(s.Own)))
	for _, reason := range []struct {
		word  string
		names []string
	}{
		{"by Policies", s.Why[string(model.WhyPolicy)]}, {"called before", s.Why[string(model.WhyCalled)]},
		{"by routes", s.Why[string(model.WhyRoute)]}, {"since then", s.Since},
	} {
		if len(reason.names) > 0 {
			text += list(reason.word, strings.Join(reason.names, ", "))
		}
	}
	return text
}

// scope is how much of its mesh a workload knows, as the Mesh and its pods tell.
func scope(m *v1alpha1.Mesh, outdated bool) string {
	switch {
	case m == nil || m.Status.Scope == nil || m.Status.Effective == nil:
		return "unknown"
	case m.Status.Scope.Services <= m.Status.Effective.ScopeBudget:
		return "whole mesh"
	case outdated:
		return "whole mesh, until all pods of the workload are restarted"
	default:
		return "what it needs"
	}
}

// outdated are the workloads that have a pod without first calls.
func outdated(pods []corev1.Pod) map[model.Key]bool {
	out := map[model.Key]bool{}
	for i := range pods {
		if !model.MakesFirstCalls(&pods[i]) {
			out[model.WorkloadOf(&pods[i])] = true
		}
	}
	return out
}
