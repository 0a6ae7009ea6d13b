package rollout

import (
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/eprocess"
)

// lossy is the part of a batch that may be missing; with more, the batch says nothing.
const lossy = 0.05

// failedPodsNamed is how many failing pods the status names.
const failedPodsNamed = 10

// observe adds the batch to the run's evidence. The test takes every batch in which the version had a share, with the
// share as measured; the step's own counts begin with its acknowledgement.
func (l *look) observe() {
	b := l.in.Batch
	if l.to.Phase != v1alpha1.CanaryProgressing || l.to.Weight.Desired == 0 || l.in.Frozen || b.lost() {
		return
	}
	if b.Stable.requests() == 0 && b.Canary.requests() == 0 {
		return
	}
	test := l.test()
	e := l.to.Evidence
	e.LogFactors = test.Add(guarded(b)).Text()
	add(&e.Stable, b.Stable)
	add(&e.Canary, b.Canary)
	if l.was.AcknowledgedAt != nil {
		add(&e.StepStable, b.Stable)
		add(&e.StepCanary, b.Canary)
	}
	e.FailedPods = failed(e.FailedPods, b.Canary)
	l.to.Weight.Observed = observed(e)
}

// test reads the stored test. A state that can't be read begins anew, which is said: it spends another alpha.
func (l *look) test() eprocess.Test {
	setup := eprocess.Setup{Ratio: toleratedRatio(l.spec)}
	if e := l.to.Evidence; e == nil || e.Run != l.to.Run.Revision {
		l.to.Evidence = &v1alpha1.Evidence{Run: l.to.Run.Revision}
	}
	test, err := eprocess.Parse(setup, l.to.Evidence.LogFactors)
	if err != nil {
		l.say(warning, ReasonEvidenceLost, "the stored evidence begins anew: %v", err)
		l.to.Evidence.LogFactors = nil
		return eprocess.New(setup)
	}
	return test
}

// lost says whether too much of a batch is missing.
func (b Batch) lost() bool {
	counted := float64(b.Stable.requests() + b.Canary.requests())
	return float64(b.Dropped) > lossy*(counted+float64(b.Dropped))
}

func add(c *v1alpha1.Counts, a Arm) {
	for _, p := range a.Pods {
		c.Requests += p.Requests
		c.Errors += p.Errors
		for reason, n := range p.Reasons {
			if n == 0 {
				continue
			}
			if c.Reasons == nil {
				c.Reasons = map[string]int64{}
			}
			c.Reasons[reason] += n
		}
	}
}

// failed adds the pods with an error to those known, up to a number.
func failed(known []string, canary Arm) []string {
	for _, address := range slices.Sorted(maps.Keys(canary.Pods)) {
		full := len(known) >= failedPodsNamed
		if full || address == "" || canary.Pods[address].Errors == 0 || slices.Contains(known, address) {
			continue
		}
		known = append(known, address)
	}
	return known
}

// observed is the measured share in percent since the step was acknowledged.
func observed(e *v1alpha1.Evidence) *resource.Quantity {
	all := e.StepCanary.Requests + e.StepStable.Requests
	if all == 0 {
		return nil
	}
	return resource.NewMilliQuantity(e.StepCanary.Requests*100_000/all, resource.DecimalSI)
}
