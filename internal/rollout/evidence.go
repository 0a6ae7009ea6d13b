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

// observe adds the batch to the run's evidence. The tests take every batch in which the version had a share, with the
// share as measured; the step's own counts begin with its acknowledgement.
func (l *look) observe() {
	b := l.in.Batch
	if l.to.Phase != v1alpha1.CanaryProgressing || l.to.Weight.Desired == 0 || l.in.Frozen || b.empty() {
		return
	}
	e := l.evidence()
	if l.was.AcknowledgedAt != nil {
		e.StepDropped += int64(b.Dropped)
	}
	if b.lost() {
		return
	}
	for _, m := range l.ofRequests() {
		l.weigh(m, b)
	}
	l.learn(b)
	add(&e.Stable, b.Stable)
	add(&e.Canary, b.Canary)
	if l.was.AcknowledgedAt != nil {
		add(&e.StepStable, b.Stable)
		add(&e.StepCanary, b.Canary)
	}
	l.to.Weight.Observed = observed(e)
}

// weigh adds the batch to the tests of one metric.
func (l *look) weigh(m metric, b Batch) {
	s := l.state(m)
	s.Pods = affected(s.Pods, m, b.Canary)
	countPods(s, m, b.Canary)
	past := eprocess.Batch{
		Canary:   eprocess.Arm{Requests: s.Canary.Requests, Errors: s.Canary.Events},
		Baseline: eprocess.Arm{Requests: s.Stable.Requests, Errors: s.Stable.Events},
	}
	g := guardOf(m, b, past, m.ratio(l.spec))
	forHarm, forSafety, whole := together(s, g.forHarm(), g.forSafety())
	if !whole {
		return
	}
	harm, safety := l.harm(m).Add(forHarm), l.safety(m)
	s.LogFactors = harm.Text()
	s.Canary = plus(s.Canary, forHarm.Canary)
	s.Stable = plus(s.Stable, forHarm.Baseline)
	if l.was.AcknowledgedAt != nil {
		s.SafetyLogFactors = safety.Add(forSafety).Text()
	}
}

// together puts a batch to those that wait. They are whole when both versions have a request: with few requests, most reports
// have those of one version only, and would say nothing one by one. The rule looks at requests and not at outcomes.
func together(s *v1alpha1.TestState, harm, safety eprocess.Batch) (forHarm, forSafety eprocess.Batch, whole bool) {
	h := v1alpha1.HeldCounts{}
	if s.Held != nil {
		h = *s.Held
	}
	h.Canary, h.Stable = plus(h.Canary, harm.Canary), plus(h.Stable, harm.Baseline)
	h.SafetyCanary, h.SafetyStable = h.SafetyCanary+safety.Canary.Errors, h.SafetyStable+safety.Baseline.Errors
	if h == (v1alpha1.HeldCounts{}) {
		return forHarm, forSafety, false
	}
	if h.Canary.Requests == 0 || h.Stable.Requests == 0 {
		s.Held = &h
		return forHarm, forSafety, false
	}
	s.Held = nil
	arm := func(t v1alpha1.Tested, errors int64) eprocess.Arm {
		return eprocess.Arm{Requests: t.Requests, Errors: errors}
	}
	forHarm = eprocess.Batch{Canary: arm(h.Canary, h.Canary.Events), Baseline: arm(h.Stable, h.Stable.Events)}
	forSafety = eprocess.Batch{Canary: arm(h.Canary, h.SafetyCanary), Baseline: arm(h.Stable, h.SafetyStable)}
	return forHarm, forSafety, true
}

func plus(t v1alpha1.Tested, a eprocess.Arm) v1alpha1.Tested {
	return v1alpha1.Tested{Requests: t.Requests + a.Requests, Events: t.Events + a.Errors}
}

// evidence of the run so far; that of another run is none.
func (l *look) evidence() *v1alpha1.Evidence {
	if e := l.to.Evidence; e == nil || e.Run != l.to.Run.Revision {
		l.to.Evidence = &v1alpha1.Evidence{Run: l.to.Run.Revision}
	}
	return l.to.Evidence
}

func (l *look) state(m metric) *v1alpha1.TestState {
	e := l.evidence()
	if s := e.Test(m.name); s != nil {
		return s
	}
	e.Tests = append(e.Tests, v1alpha1.TestState{Metric: m.name})
	return &e.Tests[len(e.Tests)-1]
}

// harm reads the stored test of harm. A state that can't be read begins anew, which is said: it spends another alpha.
func (l *look) harm(m metric) eprocess.Test {
	setup := eprocess.Setup{Ratio: m.ratio(l.spec), Exact: m.exact, Cluster: clusterSize(l.spec)}
	s := l.stored(m)
	if s == nil {
		return eprocess.New(setup)
	}
	return l.read(m, setup, &s.LogFactors)
}

// safety reads the stored test that rules harm out in the current step.
func (l *look) safety(m metric) eprocess.Test {
	ratio, asked := margin(l.spec)
	if !asked {
		ratio = m.ratio(l.spec)
	}
	setup := eprocess.Setup{Ratio: ratio, Safety: true, Exact: m.exact, Cluster: clusterSize(l.spec)}
	s := l.stored(m)
	if s == nil {
		return eprocess.New(setup)
	}
	return l.read(m, setup, &s.SafetyLogFactors)
}

// stored is the state of a metric in the current run, if there is one.
func (l *look) stored(m metric) *v1alpha1.TestState {
	if e := l.to.Evidence; e != nil && e.Run == l.to.Run.Revision {
		return e.Test(m.name)
	}
	return nil
}

func (l *look) read(m metric, setup eprocess.Setup, text *[]string) eprocess.Test {
	test, err := eprocess.Parse(setup, *text)
	if err != nil {
		l.say(warning, ReasonEvidenceLost, "the stored evidence of %s begins anew: %v", m.name, err)
		*text = nil
	}
	return test
}

func (b Batch) empty() bool {
	return b.Stable.requests() == 0 && b.Canary.requests() == 0 && b.Dropped == 0
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

// affected adds the pods with a bad event to those known, up to a number.
func affected(known []string, m metric, canary Arm) []string {
	for _, address := range slices.Sorted(maps.Keys(canary.Pods)) {
		full := len(known) >= failedPodsNamed
		if full || address == "" || m.count(canary.Pods[address]).bad == 0 || slices.Contains(known, address) {
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
