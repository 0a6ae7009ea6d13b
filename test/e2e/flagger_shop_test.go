//go:build soak

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// judge is what decides about releases.
type judge struct {
	name, kind string
	ends       map[string]bool // phases at the end of a release; true: it was promoted
	start      func(s *judgedShop)
}

var (
	byWeft = judge{
		"weft", "canaries.weft.dev", map[string]bool{"Promoted": true, "RolledBack": false}, startWeft,
	}
	byFlagger = judge{
		"Flagger", "canaries.flagger.app", map[string]bool{"Succeeded": true, "Failed": false}, startFlagger,
	}
)

// judgedShop is the bookstore with reviews as one Deployment, and a load that is off.
type judgedShop struct {
	ns    string
	judge judge
	made  int // versions of reviews
}

func (j judge) open(base string) *judgedShop {
	GinkgoHelper()
	loadBookstore()
	s := &judgedShop{newMeshNamespace(), j, 1}
	s.apply("reviews.yaml", map[string]string{"VERSION": "v1", "FAULT": base})
	s.apply("shop.yaml", nil)
	rolledOut(s.ns, "reviews")
	rolledOut(s.ns, "load")
	j.start(s)
	s.load(false)
	return s
}

func (s *judgedShop) apply(file string, values map[string]string) {
	GinkgoHelper()
	applyCanary(s.ns, filepath.Join("..", "flagger", file), values)
}

// load turns the load on or off. It counts anew each time.
func (s *judgedShop) load(on bool) {
	GinkgoHelper()
	if !on {
		kubectl("scale", "--namespace="+s.ns, "deployment/load", "--replicas=0")
		kubectl("wait", "--namespace="+s.ns, "--for=delete", "pods", "--selector=app=load", "--timeout=60s")
		return
	}
	kubectl("scale", "--namespace="+s.ns, "deployment/load", "--replicas=1")
	rolledOut(s.ns, "load")
}

// follow tells the phase of the Canary, and again with each change of its status, until the spec ends.
func (s *judgedShop) follow() <-chan string {
	GinkgoHelper()
	phases := make(chan string, 1000)
	type phased struct{ Status struct{ Phase string } }
	watch(func(c phased) {
		GinkgoWriter.Printf("%s %s: %s\n", time.Now().Format("15:04:05.0"), s.judge.kind, c.Status.Phase)
		phases <- c.Status.Phase
	}, s.judge.kind, "reviews", "--namespace="+s.ns)
	return phases
}

// ended waits for the end of a release that is to come: a phase that is none, and then one that is.
func (s *judgedShop) ended(phases <-chan string) (promoted bool) {
	GinkgoHelper()
	begun := false
	Eventually(phases).WithTimeout(15 * time.Minute).Should(Receive(Satisfy(func(phase string) bool {
		outcome, end := s.judge.ends[phase]
		promoted, begun = outcome, begun || !end
		return begun && end
	})))
	return promoted
}

func startWeft(s *judgedShop) {
	GinkgoHelper()
	s.apply("weft.yaml", nil)
	Eventually(func() string {
		return kubectl("get", "canaries.weft.dev", "reviews", "--namespace="+s.ns, "--output=jsonpath={.status.hold.stableHashes[0]}")
	}).WithTimeout(30 * time.Second).ShouldNot(BeEmpty())
}

func startFlagger(s *judgedShop) {
	GinkgoHelper()
	kubectl("apply", "--server-side", "--field-manager=prometheus", "--namespace="+s.ns, "--filename=testdata/flagger/prometheus.yaml")
	rolledOut(s.ns, "load")
	kubectl("create", "clusterrolebinding", "flagger-"+s.ns, "--clusterrole=flagger", "--serviceaccount="+s.ns+":flagger")
	DeferCleanup(func() { kubectl("delete", "clusterrolebinding", "flagger-"+s.ns) })
	s.apply("flagger.yaml", map[string]string{"NAMESPACE": s.ns})
	rolledOut(s.ns, "flagger")
	s.apply("canary.yaml", nil)
	Eventually(s.follow()).WithTimeout(5 * time.Minute).Should(Receive(Equal("Initialized")))
}

// installFlagger brings Flagger's image, and its CRDs and role as they are in its module.
func installFlagger() {
	testbed("load-image", "flagger")
	path, err := filepath.Abs("../../bin/testbed")
	Expect(err).NotTo(HaveOccurred())
	lines := strings.Fields(must("", path, "build", "flagger"))
	for _, file := range []string{"crd.yaml", "account.yaml"} {
		name := filepath.Join(lines[len(lines)-1], file)
		_, err := os.Stat(name)
		Expect(err).NotTo(HaveOccurred())
		kubectl("apply", "--server-side", "--filename="+name)
		DeferCleanup(func() { kubectl("delete", "--filename="+name) })
	}
}
