package e2e

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// loadSummary is what the load has counted so far.
type loadSummary struct {
	Seconds   float64        `json:"seconds"` // since it began
	Sent      int            `json:"sent"`
	Succeeded int            `json:"succeeded"`
	Failed    int            `json:"failed"`
	Failures  map[string]int `json:"failures"`
	Versions  map[string]struct {
		Succeeded   int     `json:"succeeded"`
		Failed      int     `json:"failed"`
		Slow        int     `json:"slow"`
		First, Last float64 // seconds since the load began
	} `json:"versions"` // "none" is for no answer of any version
}

// answered is the number of requests that one version has answered.
func (s loadSummary) answered(version string) int {
	return s.Versions[version].Succeeded + s.Versions[version].Failed
}

// newShop starts the bookstore with reviews v1 under load, in a namespace of the mesh.
func newShop() string {
	GinkgoHelper()
	loadBookstore()
	ns := newMeshNamespace()
	applyCanary(ns, "version.yaml", map[string]string{"VERSION": "v1", "FAULT": ""})
	applyCanary(ns, "shop.yaml", nil)
	for _, name := range []string{"ratings", "reviews-v1", "frontend", "load"} {
		rolledOut(ns, name)
	}
	Eventually(func() int { return readLoad(ns).Succeeded }).Should(BeNumerically(">", 100))
	return ns
}

func readLoad(ns string) (s loadSummary) {
	GinkgoHelper()
	Expect(json.Unmarshal([]byte(getFrom(ns, "load", "http://127.0.0.1:8081/summary")), &s)).To(Succeed())
	return s
}

// getFrom sends a request from the application of a Deployment's pod. Requests to 127.0.0.1 stay in the pod.
func getFrom(ns, deployment, url string) string {
	GinkgoHelper()
	return kubectl("exec", "--namespace="+ns, "deployment/"+deployment, "--container=it", "--", "/bookstore", "call", "--body", url)
}

var statistic = regexp.MustCompile(`(?m): (\d+)$`)

// retries adds up what the sidecar of a Deployment's pod has sent a second time.
func retries(ns, deployment string) (sum int) {
	GinkgoHelper()
	text := getFrom(ns, deployment, "http://127.0.0.1:15000/stats?filter=upstream_rq_retry$")
	found := statistic.FindAllStringSubmatch(text, -1)
	Expect(found).NotTo(BeEmpty(), text)
	for _, line := range found {
		n, err := strconv.Atoi(line[1])
		Expect(err).NotTo(HaveOccurred())
		sum += n
	}
	return sum
}

// weightedCluster is one part of a split in Envoy's routes.
type weightedCluster struct {
	Name   string `json:"name"`
	Weight int    `json:"weight"`
}

// splitsOf are the weighted clusters of each route that the sidecar's Envoy holds for a service of its namespace.
func splitsOf(ns, deployment, service string) [][]weightedCluster {
	GinkgoHelper()
	return splitsIn("?resource=dynamic_route_configs", ns, deployment, service)
}

// connectionsOf are those of each port of TCP. Asked for filters alone, Envoy shows those of HTTP if there are any.
func connectionsOf(ns, deployment, service string) [][]weightedCluster {
	GinkgoHelper()
	return splitsIn("", ns, deployment, service)
}

func splitsIn(query, ns, deployment, service string) (splits [][]weightedCluster) {
	GinkgoHelper()
	var dump any
	text := getFrom(ns, deployment, "http://127.0.0.1:15000/config_dump"+query)
	Expect(json.Unmarshal([]byte(text), &dump)).To(Succeed())
	collect(dump, ns+"/"+service+"/", &splits)
	return splits
}

// collect walks through a dump and adds the splits of the clusters whose names begin with the prefix.
func collect(v any, prefix string, splits *[][]weightedCluster) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			collect(item, prefix, splits)
		}
	case map[string]any:
		for key, item := range v {
			if key == "weighted_clusters" {
				var split struct{ Clusters []weightedCluster }
				if json.Unmarshal(asJSON(item), &split) == nil && len(split.Clusters) > 0 && strings.HasPrefix(split.Clusters[0].Name, prefix) {
					*splits = append(*splits, split.Clusters)
				}
				continue
			}
			collect(item, prefix, splits)
		}
	}
}
