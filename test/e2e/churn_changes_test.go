//go:build soak

package e2e

import (
	"math/rand/v2"
	"slices"
	"strconv"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

const (
	churnServices = 12
	churnAccounts = 2
	churnReplicas = 3
)

// churnKinds are as many as they are likely. A pod that starts takes a second of a core, which the load needs, too.
var churnKinds = []string{
	"service", "service", "service", "service", "service", "route", "route", "route", "route", "route", "endpoints", "account",
}

// churn makes random changes around the Service reviews, all of which its callers see, and none of which may cost a
// request: no Service that the route names is ever deleted.
type churn struct {
	ns       string
	random   *rand.Rand
	made     map[string]int
	services []string // that there are
	accounts []int
	routed   string // the other backend of the route; "" without a route
}

func newChurn(ns string) *churn {
	GinkgoHelper()
	seed := uint64(GinkgoRandomSeed())
	AddReportEntry("seed", strconv.FormatUint(seed, 10))
	return &churn{ns: ns, random: rand.New(rand.NewPCG(seed, 0)), made: map[string]int{}}
}

// change makes one.
func (c *churn) change() {
	GinkgoHelper()
	kind := churnKinds[c.random.IntN(len(churnKinds))]
	c.made[kind]++
	map[string]func(){"service": c.service, "route": c.route, "endpoints": c.endpoints, "account": c.account}[kind]()
}

// service adds one, or deletes one that no route names.
func (c *churn) service() {
	name := "also-" + strconv.Itoa(c.random.IntN(churnServices))
	at := slices.Index(c.services, name)
	switch {
	case at < 0:
		apply(c.ns, filled("churn/service.yaml", map[string]string{"N": name[len("also-"):]}))
		c.services = append(c.services, name)
	case name != c.routed:
		kubectl("delete", "service", name, "--namespace="+c.ns)
		c.services = slices.Delete(c.services, at, at+1)
	}
}

// route leads a part of the requests another way, and awaits that the callers know it: the Service of the way before
// may be deleted then.
func (c *churn) route() {
	if len(c.services) == 0 {
		c.service()
	}
	c.routed = c.services[c.random.IntN(len(c.services))]
	weight := 1 + c.random.IntN(99)
	apply(c.ns, filled("churn/route.yaml", map[string]string{
		"OTHER": c.routed, "OWN": strconv.Itoa(100 - weight), "WEIGHT": strconv.Itoa(weight),
	}))
	Eventually(c.ways).Should(ContainSubstring(c.ns + "/" + c.routed + "/8080"))
}

// ways is how the caller's Envoy routes requests for reviews.
func (c *churn) ways() string {
	GinkgoHelper()
	return getFrom(c.ns, "frontend", "http://127.0.0.1:15000/config_dump?resource=dynamic_route_configs&name_regex="+c.ns+"/reviews/8080")
}

func (c *churn) endpoints() {
	kubectl("scale", "deployment/reviews-v1", "--namespace="+c.ns, "--replicas="+strconv.Itoa(1+c.random.IntN(churnReplicas)))
	rolledOut(c.ns, "reviews-v1")
}

// account adds a pod under an account of its own, or takes it away.
func (c *churn) account() {
	n := c.random.IntN(churnAccounts)
	if at := slices.Index(c.accounts, n); at >= 0 {
		kubectl("delete", "deployment/reviews-"+strconv.Itoa(n), "serviceaccount/reviews-"+strconv.Itoa(n), "--namespace="+c.ns)
		c.accounts = slices.Delete(c.accounts, at, at+1)
		return
	}
	apply(c.ns, filled("churn/account.yaml", map[string]string{"N": strconv.Itoa(n)}))
	rolledOut(c.ns, "reviews-"+strconv.Itoa(n))
	c.accounts = append(c.accounts, n)
}

// end takes back all but the shop.
func (c *churn) end() {
	GinkgoHelper()
	kubectl("delete", "httproutes", "--selector=churn=here", "--namespace="+c.ns)
	kubectl("scale", "deployment/reviews-v1", "--namespace="+c.ns, "--replicas=1")
	Eventually(c.ways).Should(And(ContainSubstring(c.ns+"/reviews/8080"), Not(ContainSubstring(c.ns+"/also-"))))
	kubectl("delete", "services,deployments", "--selector=churn=here", "--namespace="+c.ns, "--wait=false")
	Eventually(func() []string { return field(c.ns, "pods", "app=reviews", "{.items[*].metadata.name}") }).
		WithTimeout(2 * patience * 6).Should(HaveLen(1))
}
