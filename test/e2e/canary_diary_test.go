package e2e

import (
	"slices"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// diary has every state of a Canary that the API server told of, oldest first.
type diary struct {
	mu      sync.Mutex
	entries []entry
}

type entry struct {
	at     time.Time
	canary v1alpha1.Canary
}

// keepDiary watches a Canary until the spec ends.
func keepDiary(namespace, name string) *diary {
	GinkgoHelper()
	d := &diary{}
	watch(d.write, "canary", name, "--namespace="+namespace)
	return d
}

func (d *diary) write(c v1alpha1.Canary) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.entries = append(d.entries, entry{time.Now(), c})
}

func (d *diary) all() []entry {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.entries)
}

// now is the newest state, empty before the first.
func (d *diary) now() v1alpha1.Canary {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.entries) == 0 {
		return v1alpha1.Canary{}
	}
	return d.entries[len(d.entries)-1].canary
}

func (d *diary) phase() v1alpha1.CanaryPhase { return d.now().Status.Phase }

// acknowledged is the weight that all proxies hold, -1 while they change it.
func (d *diary) acknowledged() int32 {
	s := d.now().Status
	if s.Weight == nil || s.AcknowledgedAt == nil || s.Weight.Acknowledged != s.Weight.Desired {
		return -1
	}
	return s.Weight.Acknowledged
}

// since is when a status of some kind was first told.
func (d *diary) since(is func(v1alpha1.CanaryStatus) bool) time.Time {
	GinkgoHelper()
	all := d.all()
	at := slices.IndexFunc(all, func(e entry) bool { return is(e.canary.Status) })
	Expect(at).NotTo(Equal(-1), "no such status")
	return all[at].at
}

// walk is the sequence of weights, without repetitions, and when each began.
func (d *diary) walk() (weights []int32, since []time.Time) {
	for _, e := range d.all() {
		w := e.canary.Status.Weight
		if w == nil || len(weights) > 0 && weights[len(weights)-1] == w.Desired {
			continue
		}
		weights, since = append(weights, w.Desired), append(since, e.at)
	}
	return weights, since
}
