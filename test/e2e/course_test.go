//go:build soak

package e2e

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
)

// courseRounds is how often each case happens.
const courseRounds = 3

// Each shop has a load of over 200 requests a second all the time. The cases of a shop come one after the other.
var _ = Describe("canary course", func() {
	Describe("without metrics", Ordered, theOutage) // the longest, so first
	for _, held := range []bool{false, true} {
		for round := 1; round <= courseRounds; round++ {
			Describe(fmt.Sprintf("with %s, round %d", form(held), round), Ordered, ContinueOnFailure, func() {
				c := shopOfRound(held)
				theMoves(c)
				theNewRevisions(c)
				theFaults(c)
				theSurroundings(c)
				if !held {
					theLone(c)
				}
				It("loses nothing else in all", func() { (*c).total() })
			})
		}
	}
})

// shopOfRound is the shop of an Ordered container. A case that fails leaves it anywhere, so the next one gets a new shop.
func shopOfRound(held bool) **course {
	var c *course
	BeforeAll(func() { c = newCourse(held, fullRate) })
	BeforeEach(func() {
		if c == nil {
			c = newCourse(held, fullRate)
		}
	})
	AfterEach(func() {
		if CurrentSpecReport().Failed() && c != nil {
			AddReportEntry("left", c.stands())
			c.end()
			c = nil
		}
	})
	AfterAll(func() {
		if c != nil {
			c.end()
		}
	})
	return &c
}
