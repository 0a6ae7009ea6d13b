package model

import (
	"fmt"
	"slices"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// checkFocus finds matches that can't be honoured: the others would be another focus than the author's.
func (b *builder) checkFocus(c *v1alpha1.Canary) {
	for _, list := range []struct {
		field   string
		matches []v1alpha1.RequestMatch
	}{{"spec.match", c.Spec.Match}, {"spec.preview", c.Spec.Preview}} {
		for i, m := range list.matches {
			b.checkIssuers(c, fmt.Sprintf("%s[%d]", list.field, i), m)
			if _, at, problem := choiceOf(m); problem != "" {
				field := fmt.Sprintf("%s[%d]", list.field, i)
				if at != "" {
					field += "." + at
				}
				b.fatal("Canary", keyOf(c), ReasonUnsupported, field, "%s", problem)
			}
		}
	}
}

// checkSteps finds steps that mean nothing, and comparisons with nothing. The rules of the CRD keep most of it out.
func (b *builder) checkSteps(c *v1alpha1.Canary) {
	unfit := func(reason, field, format string, args ...any) {
		b.fatal("Canary", keyOf(c), reason, field, format, args...)
	}
	for i, step := range c.Spec.Steps {
		field := fmt.Sprintf("spec.steps[%d]", i)
		switch {
		case step.Weight < 0 || step.Weight > wholeShare:
			unfit(ReasonUnsupported, field+".weight", "%d is not from 0 to 100", step.Weight)
		case step.Weight == 0 && step.Mirror == nil && len(c.Spec.Preview) == 0:
			unfit(ReasonUnsupported, field+".weight", "a step of weight 0 needs a mirror, or spec.preview")
		case step.Weight > 0 && step.Mirror != nil:
			unfit(ReasonUnsupported, field+".mirror", "a mirror is for the step of weight 0")
		case step.Weight == 0 && step.MinRequests != nil && *step.MinRequests > 0:
			unfit(ReasonNotCompared, field+".minRequests", "the answers to copies and previews are not compared with those of the stable version, so no request of this step counts")
		case step.Everyone && len(c.Spec.Match) == 0:
			unfit(ReasonUnsupported, field+".everyone", "there is no match, so every step is for all requests")
		}
	}
	compared := slices.ContainsFunc(c.Spec.Steps, func(s v1alpha1.CanaryStep) bool { return s.Weight > 0 && s.Weight < wholeShare })
	if field := comparison(c.Spec.Analysis); field != "" && !compared {
		unfit(ReasonNotCompared, "spec.analysis."+field, "no step has a weight from 1 to 99, so at no time do both versions get requests of the same kind; only thresholds can judge, or a person at a pause")
	}
}

// comparison is a field that says how to compare both versions; empty: there is none.
func comparison(a *v1alpha1.CanaryAnalysis) string {
	switch {
	case a == nil:
		return ""
	case a.FalseAlarm != nil:
		return "falseAlarm"
	case a.ToleratedRatio != nil:
		return "toleratedRatio"
	case a.ClusterSize != nil:
		return "clusterSize"
	case a.PassWhenExcluded != nil:
		return "passWhenExcluded"
	case a.Latency != nil && a.Latency.ToleratedRatio != nil:
		return "latency.toleratedRatio"
	}
	for i, m := range a.Metrics {
		switch {
		case m.MaxRatio != nil:
			return fmt.Sprintf("metrics[%d].maxRatio", i)
		case m.Counts != nil:
			return fmt.Sprintf("metrics[%d].counts", i)
		}
	}
	return ""
}

// noteOtherServices tells a Canary of Services that lead to pods of its new version as well. What comes by them is not
// divided by it.
func (b *builder) noteOtherServices(c *v1alpha1.Canary, s *Service) {
	if c.Spec.Workloads == nil || len(c.Spec.Workloads.Canary.MatchLabels) == 0 {
		return
	}
	pods := b.selected(s.Namespace, c.Spec.Workloads.Canary.MatchLabels)
	for i := range b.model.Services {
		other := &b.model.Services[i]
		if other.Namespace != s.Namespace || other.Name == s.Name || other.Outside || b.divides(other) {
			continue
		}
		for _, pod := range pods {
			if has(pod.Labels, s.Selector) && has(pod.Labels, other.Selector) {
				b.note("Canary", keyOf(c), ReasonOtherService, "spec.service.name",
					"Service %s leads to pods of the new version, too, and no Canary divides it: its callers meet each pod as often as any other", other.Name)
				break
			}
		}
	}
}

// divides says whether some Canary is about a Service.
func (b *builder) divides(s *Service) bool {
	return slices.ContainsFunc(b.Canaries, func(c *v1alpha1.Canary) bool {
		return c.Namespace == s.Namespace && c.Spec.Service.Name == s.Name
	})
}
