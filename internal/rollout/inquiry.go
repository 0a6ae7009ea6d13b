package rollout

import "github.com/weft-mesh/weft/api/v1alpha1"

// Names of the versions for sources of numbers.
const (
	newVersion    = "canary"
	stableVersion = "stable"
)

// Inquiry tells a source what is asked for. Its fields are the body of the call.
type Inquiry struct {
	// ID is the same when the question is asked again.
	ID        string `json:"id"`
	Metric    string `json:"metric"`
	Namespace string `json:"namespace"`
	Canary    string `json:"canary"`
	Service   string `json:"service"`
	// Revision is that of the new version, StableRevisions those of the stable one's serving pods.
	Revision        string   `json:"revision"`
	StableRevisions []string `json:"stableRevisions"`
	// Step counts from 0, Weight is in percent.
	Step   int32 `json:"step"`
	Weight int32 `json:"weight"`
	// Version is canary or stable, and Pods are the names of its serving pods.
	Version string   `json:"version"`
	Pods    []string `json:"pods"`
}

// inquiry is the body of a call about one version; nil: the source is asked by GET.
func (l *look) inquiry(m v1alpha1.CanaryMetric, source v1alpha1.MetricSource, version string, pods []string) *Inquiry {
	if source.HTTP == nil || source.HTTP.Method != v1alpha1.HTTPPost {
		return nil
	}
	q := l.about(m, version, pods)
	return &q
}

func (l *look) about(m v1alpha1.CanaryMetric, version string, pods []string) Inquiry {
	return Inquiry{
		ID:              l.measureID(m) + "/" + version,
		Metric:          m.Name,
		Namespace:       l.in.Canary.Namespace,
		Canary:          l.in.Canary.Name,
		Service:         l.spec.Service.Name,
		Revision:        l.to.Run.Revision,
		StableRevisions: append([]string{}, l.in.StableRevisions...),
		Step:            l.to.Step,
		Weight:          l.to.Weight.Desired,
		Version:         version,
		Pods:            append([]string{}, pods...),
	}
}
