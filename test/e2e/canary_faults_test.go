package e2e

import (
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// badVersion is a service whose new version does one thing wrong.
type badVersion struct {
	name, about string
	fault       string
	elsewhere   bool // it is ready, and listens at another port than the Service's
	plain       bool // it has no sidecar
	grpc        bool
	lines       bool   // it speaks TCP
	word        string // what the verdict says
}

var badVersions = []badVersion{
	{name: "errors", about: "answers 500", fault: "error-rate=1", word: "5xx"},
	{name: "hangs", about: "never answers, until its caller gives up", fault: "hang", word: "abandoned-1s"},
	{name: "cuts", about: "resets the connection in the body", fault: "reset-body", word: "reset-during"},
	{name: "internal", about: "sends gRPC INTERNAL in the trailers", fault: "grpc-internal", grpc: true, word: "grpc-internal"},
	{name: "refuses", about: "refuses connections", elsewhere: true, plain: true, word: "refused"},
	{name: "resets", about: "resets connections of TCP before it has said a word", fault: "lines-reset", lines: true, word: "reset-before"},
	{name: "mutes", about: "ends connections of TCP without a word", fault: "lines-mute", lines: true, word: "ended-empty"},
	{name: "vacant", about: "refuses connections of TCP of its own sidecar", fault: "lines-absent", lines: true, word: "ended-empty"},
	// Its sidecar takes the connection and answers 503 in its place.
	{name: "absent", about: "refuses the connections of its own sidecar", elsewhere: true, word: "5xx"},
}

var _ = Describe("the judge", Ordered, func() {
	var ns string
	BeforeAll(func() {
		loadBookstore()
		ns = newMeshNamespace()
		for _, v := range badVersions {
			applyCanary(ns, "pair.yaml", v.values())
		}
		for _, v := range badVersions {
			rolledOut(ns, v.name+"-v1")
			rolledOut(ns, v.name+"-caller")
		}
	})

	for _, v := range badVersions {
		It(fmt.Sprintf("takes back a version that %s, because of %s", v.about, v.word), func() {
			d := keepDiary(ns, v.name)
			applyCanary(ns, "bad.yaml", v.values()) // one at a time: pods that start together keep callers of the stable version waiting
			Eventually(d.phase).WithTimeout(90*time.Second).Should(Equal(v1alpha1.CanaryRolledBack), "%s", v.name)
			s := d.now().Status
			Expect(s.Weight.Desired).To(BeZero())
			Expect(s.LastVerdict).NotTo(BeNil(), "message: %s", s.Message)
			Expect(s.LastVerdict.Result).To(Equal(v1alpha1.VerdictFail))
			Expect(s.LastVerdict.Message).To(HavePrefix("mostly " + v.word + ":"))
			Expect(s.LastVerdict.Canary.Reasons).To(HaveKey(v.word))
			Expect(s.LastVerdict.Stable.Errors).To(BeZero(), "the stable version was blamed too: %v", s.LastVerdict.Stable.Reasons)
			Expect(s.Rejected).To(Equal(s.Run.Revision))
		})
	}
})

func (v badVersion) values() map[string]string {
	values := map[string]string{
		"NAME": v.name, "FAULT": v.fault, "ROLE": "reviews", "PORT": "8080", "PROTOCOL": "http", "LISTEN": ":8080", "HEALTH": "8080",
		"MESH": "default", "RATE": "30", "CALLS": "--reviews=http://" + v.name + ":8080/reviews",
	}
	if v.grpc {
		values["ROLE"], values["PORT"], values["PROTOCOL"] = "ratings", "9090", "kubernetes.io/h2c"
		values["CALLS"] = "--grpc=" + v.name + ":8080"
	}
	if v.lines {
		values["ROLE"], values["PORT"], values["PROTOCOL"] = "ratings", "9091", "tcp"
		values["CALLS"] = "--lines=" + v.name + ":8080"
	}
	if v.plain {
		values["MESH"] = "none"
	}
	if v.elsewhere {
		values["LISTEN"], values["HEALTH"] = ":8090", "8090"
	}
	return values
}

// applyCanary applies a manifest of testdata/canary with its variables filled in.
func applyCanary(namespace, file string, values map[string]string) {
	GinkgoHelper()
	apply(namespace, filled("canary/"+file, values))
}
