//go:build soak

package e2e

import (
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// harm is what a new version does wrong, and base is what both do.
type harm struct {
	about, fault, base string
	slow               bool // what took longer than the objective is hurt, too
	none               bool // the new version is as good as the stable one
}

const (
	fewErrors  = "error-chance=0.001"
	someErrors = "error-chance=0.005"
	// quietSeconds are before each release under load, so that a check has the stable version's requests, too.
	quietSeconds = 12
)

var (
	badReleases = []harm{
		{about: "answers 500 to all", fault: "error-rate=1", base: fewErrors},
		{about: "errors 0.1 % to 5 %", fault: "error-chance=0.05", base: fewErrors},
		{about: "5 % take 1.5 s longer", fault: "slow=0.05/1500ms", base: fewErrors, slow: true},
		{about: "crashes, again and again", fault: "crash=5s", base: fewErrors},
	}
	goodReleases = []harm{{about: "none: 0.5 % errors, as before", fault: someErrors, base: someErrors, none: true}}
)

// The same faults for weft and for Flagger, one after the other, each in a namespace of its own under the same load. What
// happened is read from the load, which knows neither.
var _ = Describe("beside Flagger", Serial, func() {
	Context("with a fault", Ordered, ContinueOnFailure, func() {
		compare(2, badReleases)
	})
	Context("with nothing wrong", Ordered, ContinueOnFailure, func() {
		compare(3, goodReleases)
	})
})

// compare adds specs: both judges get each release so many times, in turn. The releases have one base.
func compare(rounds int, releases []harm) {
	judges := []judge{byWeft, byFlagger}
	shops, all := map[string]*judgedShop{}, results{}
	BeforeAll(func() {
		installFlagger()
		for _, j := range judges {
			shops[j.name] = j.open(releases[0].base)
		}
	})
	for round := range rounds {
		for _, h := range releases {
			for _, j := range judges {
				It(fmt.Sprintf("%s: %s, run %d of %d [D03]", j.name, h.about, round+1, rounds), func() {
					r := shops[j.name].release(h)
					AddReportEntry("result", r.String())
					all = append(all, r)
					Expect(r.requests).To(BeNumerically(">", 0), "it was never tried")
					if j.name == byWeft.name {
						Expect(r.promoted).To(Equal(h.none))
					}
				})
			}
		}
	}
	AfterAll(func() { AddReportEntry("table", all.table()) })
}

// release makes one release under load and waits for its end.
func (s *judgedShop) release(h harm) result {
	GinkgoHelper()
	s.load(true)
	DeferCleanup(s.load, false)
	Eventually(func() float64 { return readLoad(s.ns).Seconds }).WithPolling(3 * time.Second).Should(BeNumerically(">", quietSeconds))

	phases := s.follow()
	Eventually(phases).Should(Receive(), "the watch has not begun")
	s.made++
	r := result{judge: s.judge.name, about: h.about, version: fmt.Sprintf("v%d", s.made)}
	before := readLoad(s.ns)
	s.apply("reviews.yaml", map[string]string{"VERSION": r.version, "FAULT": h.fault})
	r.promoted = s.ended(phases)
	r.read(before, settledRelease(s.ns, r), h.slow)
	return r
}
