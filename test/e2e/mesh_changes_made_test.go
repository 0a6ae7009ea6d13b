package e2e

import (
	"encoding/json"
	"strconv"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// changes are made in rounds of one call each, and a round ends when Envoy shows every change of it.
type changes struct {
	ns    string
	count int
}

const (
	changedSlots     = 20 // Services
	changedEndpoints = 10 // Services that get an endpoint
	changedRoutes    = 15 // Services with an HTTPRoute
	changedPolicies  = 5
)

// make adds Services, endpoints, routes and Policies, and edits the routes and the Policies.
func (c *changes) make() {
	GinkgoHelper()
	By("adding Services")
	c.apply(changedSlots, "service.yaml", nil)
	c.seen(changedSlots, func(slot string) string { return c.ns + "/" + slot + "/80::added_via_api::true" })

	By("adding endpoints")
	c.endpoints("=on")
	c.seen(changedEndpoints, func(slot string) string { return c.ns + "/" + slot + "/80::10." })

	for _, weight := range []string{"90", "30"} {
		By("giving routes the weight " + weight)
		c.apply(changedRoutes, "route.yaml", map[string]string{"WEIGHT": weight})
		Eventually(func() []string { return c.weights() }).Should(And(HaveLen(changedRoutes), HaveEach(weight)))
	}
	for _, guest := range []string{"guest", "visitor"} {
		By("letting in " + guest)
		c.policies(guest)
	}
}

// takeBack removes endpoints and Services.
func (c *changes) takeBack() {
	GinkgoHelper()
	By("removing endpoints")
	c.endpoints("-")
	c.gone(c.ns + "/slot-[0-9]+/80::10\\.")

	By("removing Services")
	kubectl("delete", "services,httproutes", "--namespace="+c.ns, "--selector=changes=here", "--wait=false")
	c.count += changedSlots // the routes go with them
	c.gone(c.ns + "/slot-")
}

func (c *changes) apply(count int, file string, values map[string]string) {
	GinkgoHelper()
	var all strings.Builder
	for i := range count {
		with := map[string]string{"N": strconv.Itoa(i)}
		for name, value := range values {
			with[name] = value
		}
		all.WriteString(filled("changes/"+file, with))
	}
	apply(c.ns, all.String())
	c.count += count
}

// endpoints changes labels of the pod of ratings: each brings it into a Service, or out of it.
func (c *changes) endpoints(change string) {
	GinkgoHelper()
	args := []string{"label", "pods", "--namespace=" + c.ns, "--selector=app=ratings"}
	for i := range changedEndpoints {
		args = append(args, "slot-"+strconv.Itoa(i)+change)
	}
	kubectl(args...)
	c.count += changedEndpoints
}

// policies lets a guest into one of three workloads with each Policy, and awaits that their proxies know it.
func (c *changes) policies(guest string) {
	GinkgoHelper()
	apps := []string{"ratings", "reviews", "frontend"}
	var all strings.Builder
	for i := range changedPolicies {
		all.WriteString(filled("changes/policy.yaml", map[string]string{"N": strconv.Itoa(i), "APP": apps[i%len(apps)], "GUEST": guest + "-" + strconv.Itoa(i)}))
	}
	apply(c.ns, all.String())
	c.count += changedPolicies
	for at, app := range apps {
		Eventually(func(g Gomega) {
			filters := getFrom(c.ns, app, "http://127.0.0.1:15000/config_dump?resource=ecds_filters")
			for i := at; i < changedPolicies; i += len(apps) {
				g.Expect(filters).To(ContainSubstring("/ns/" + c.ns + "/sa/" + guest + "-" + strconv.Itoa(i) + `"`))
			}
		}).Should(Succeed())
	}
}

// seen awaits that the load's Envoy shows a line for each of the first slots.
func (c *changes) seen(count int, line func(slot string) string) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		text := getFrom(c.ns, "load", "http://127.0.0.1:15000/clusters")
		for i := range count {
			g.Expect(text).To(ContainSubstring(line("slot-" + strconv.Itoa(i))))
		}
	}).Should(Succeed())
}

func (c *changes) gone(pattern string) {
	GinkgoHelper()
	Eventually(func() string { return getFrom(c.ns, "load", "http://127.0.0.1:15000/clusters") }).ShouldNot(MatchRegexp(pattern))
}

// weights are those of the Services that have a route, when the other part of their requests has the weight 10.
func (c *changes) weights() (weights []string) {
	GinkgoHelper()
	var dump any
	text := getFrom(c.ns, "load", "http://127.0.0.1:15000/config_dump?resource=dynamic_route_configs")
	Expect(json.Unmarshal([]byte(text), &dump)).To(Succeed())
	var splits [][]weightedCluster
	collect(dump, c.ns+"/slot-", &splits)
	for _, split := range splits {
		weights = append(weights, strconv.Itoa(10*split[0].Weight/split[1].Weight))
	}
	return weights
}
