//go:build soak

package e2e

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/weft-mesh/weft/internal/rollout"
)

// A leak shows late: the version is good for ten minutes, and the step is longer than that.
var _ = Describe("the judge of a slow leak", func() {
	It("takes back a version that goes bad after ten minutes [D24]", func() {
		loadBookstore()
		ns := newMeshNamespace()
		v := unevenVersion{
			badVersion: badVersion{name: "leaks", fault: "error-rate=0.5,leak=10m"},
			spec:       `{"steps": [{"weight": 20, "duration": "25m"}]}`,
			reason:     rollout.ReasonErrorRate, says: "mostly 5xx:",
		}
		v.applyStable(ns)
		rolledOut(ns, v.name+"-v1")
		rolledOut(ns, v.name+"-caller")
		d := keepDiary(ns, v.name)
		v.applyNew(ns)
		began := time.Now()
		v.isTakenBack(d, 25*time.Minute)
		Expect(time.Since(began)).To(BeNumerically(">", 9*time.Minute), "it went back while it was good")
	})
})
