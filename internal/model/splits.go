package model

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// splits divides Services between two versions, as the status of their Canaries says. The spec of a Canary only gives
// findings: an edit moves no traffic before the run that follows it.
func (b *builder) splits() {
	owners, targets := map[Key]*v1alpha1.Canary{}, map[Key]*v1alpha1.Canary{}
	for _, c := range slices.SortedFunc(slices.Values(b.Canaries), func(a, b *v1alpha1.Canary) int { return older(a, b) }) {
		if !b.joined[c.Namespace] {
			b.fatal("Canary", keyOf(c), ReasonNamespaceNotJoined, "metadata.namespace", "namespace %s has not joined the mesh", c.Namespace)
			continue
		}
		key := Key{c.Namespace, c.Spec.Service.Name}
		if owner, taken := owners[key]; taken {
			b.fatal("Canary", keyOf(c), ReasonConflict, "spec.service.name", "Service %s already has the Canary %s, which is older", key.Name, owner.Name)
			continue
		}
		owners[key] = c
		if ref := c.Spec.TargetRef; ref != nil {
			target := Key{c.Namespace, ref.Name}
			if owner, taken := targets[target]; taken {
				b.fatal("Canary", keyOf(c), ReasonConflict, "spec.targetRef.name", "Deployment %s already has the Canary %s, which is older", ref.Name, owner.Name)
				continue
			}
			targets[target] = c
		}
		service, found := b.model.Service(key)
		if !found || service.Outside {
			b.fatal("Canary", keyOf(c), ReasonServiceNotFound, "spec.service.name",
				"there is no Service %s with a cluster IP, a selector and a TCP port", key)
			continue
		}
		b.checkCanary(c, service)
		b.noteOtherServices(c, service)
		service.Split = split(c)
	}
}

// split is what the Canary's status says; nil before its first look at the Service, and while the Deployment that it holds
// has one version only: then the ready pods are those of that version.
func split(c *v1alpha1.Canary) *Split {
	run, phase := c.Status.Run, c.Status.Phase
	if run == nil {
		return nil
	}
	held := c.Status.Hold != nil
	if held && (phase == v1alpha1.CanaryWaiting || phase == v1alpha1.CanaryPromoted) {
		return nil
	}
	stable, canary := run.Stable.MatchLabels, run.Canary.MatchLabels
	if len(stable) == 0 || len(canary) == 0 || maps.Equal(stable, canary) {
		return nil
	}
	out := &Split{
		Stable:       Subset{Name: subsetName(stable, canary), Labels: stable},
		Canary:       Subset{Name: subsetName(canary, stable), Labels: canary, Revision: run.Revision},
		StableWeight: wholeShare,
		Judged:       phase == v1alpha1.CanaryProgressing || phase == v1alpha1.CanaryRollingBack,
		Held:         held,
		Edges:        edges(run.LatencyEdges),
		Rungs:        run.StableLatency.Open(),
		Stamp:        CanaryStamp(c),
	}
	if w := c.Status.Weight; w != nil {
		out.CanaryWeight = percent(w.Desired)
		out.StableWeight -= out.CanaryWeight
		out.focus(run, *w)
	}
	return out
}

func edges(of []metav1.Duration) []time.Duration {
	var out []time.Duration
	for _, e := range of {
		out = append(out, e.Duration)
	}
	return out
}

// focus says whose requests the weights divide. The last weight is for all requests.
func (s *Split) focus(run *v1alpha1.CanaryRun, w v1alpha1.CanaryWeight) {
	if s.CanaryWeight == wholeShare {
		return
	}
	if len(run.Match) > 0 && !w.Everyone {
		s.Focused, s.Focus = true, choicesOf(run.Match)
	}
	if w.Preview {
		s.Preview = choicesOf(run.Preview)
	}
	s.Mirror = percent(w.Mirror)
}

func percent(n int32) uint32 { return uint32(min(max(n, 0), wholeShare)) }

// CanaryStamp is a Canary at the step that its status has stored.
func CanaryStamp(c *v1alpha1.Canary) Stamp {
	return Stamp{Kind: "Canary", Namespace: c.Namespace, Name: c.Name, UID: string(c.UID), Version: sequence(c.Status.Position)}
}

func sequence(p *v1alpha1.Position) string {
	if p == nil {
		return ""
	}
	return strconv.FormatInt(p.Sequence, 10)
}

// subsetName lists the labels that tell a version from the other one; all of its labels, if none does.
func subsetName(labels, other map[string]string) string {
	var parts []string
	for k, v := range labels {
		if o, is := other[k]; !is || o != v {
			parts = append(parts, k+"="+v)
		}
	}
	if len(parts) == 0 {
		for k, v := range labels {
			parts = append(parts, k+"="+v)
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, ",")
}

// SubsetNames names the two versions of a Canary's run, as clusters and outcomes do.
func SubsetNames(run v1alpha1.CanaryRun) (stable, canary string) {
	return subsetName(run.Stable.MatchLabels, run.Canary.MatchLabels), subsetName(run.Canary.MatchLabels, run.Stable.MatchLabels)
}
