//go:build soak

package e2e

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/resource"
)

const (
	requested = 30 // millicores of a pod of reviews with its sidecar
	// figures is how long an autoscaler may need until it has acted: pods start, are measured, and are looked at.
	figures = 3 * time.Minute
)

// newWorkingShop is the bookstore under load. Each request to reviews uses CPU time.
func newWorkingShop(manifest string, values map[string]string) (ns string) {
	GinkgoHelper()
	loadBookstore()
	ns = newMeshNamespace()
	applyScale(ns, manifest, values)
	applyCanary(ns, "shop.yaml", nil)
	applyScale(ns, "load.yaml", nil)
	for _, name := range field(ns, "deployments", "", "{.items[*].metadata.name}") {
		rolledOut(ns, name)
	}
	Eventually(func() int { return readLoad(ns).Succeeded }).Should(BeNumerically(">", 100))
	return ns
}

// autoscale gives a Deployment an autoscaler of CPU. The target is in millicores of a pod.
func autoscale(ns, deployment string, least, most, target int) {
	GinkgoHelper()
	applyScale(ns, "autoscaler.yaml", map[string]string{
		"NAME": deployment, "MIN": strconv.Itoa(least), "MAX": strconv.Itoa(most), "TARGET": strconv.Itoa(100 * target / requested),
	})
}

// usage is what the pods of reviews use of the CPU, in millicores, when two readings of all of them agree.
func usage(ns string, pods int) (sum int) {
	GinkgoHelper()
	last, at := 0, map[string]string{}
	Eventually(func(g Gomega) {
		var list struct {
			Items []struct {
				Metadata   struct{ Name string }
				Timestamp  string
				Containers []struct {
					Usage struct{ CPU resource.Quantity }
				}
			}
		}
		text, err := run("", "kubectl", "get", "--raw=/apis/metrics.k8s.io/v1beta1/namespaces/"+ns+"/pods?labelSelector=app%3Dreviews")
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(json.Unmarshal([]byte(text), &list)).To(Succeed())
		g.Expect(list.Items).To(HaveLen(pods))
		for _, p := range list.Items {
			g.Expect(p.Timestamp).NotTo(Equal(at[p.Metadata.Name]), "an old reading")
		}
		last, sum = sum, 0
		for _, p := range list.Items {
			at[p.Metadata.Name] = p.Timestamp
			for _, c := range p.Containers {
				sum += int(c.Usage.CPU.MilliValue())
			}
		}
		g.Expect(float64(sum)).To(BeNumerically("~", last, 0.15*float64(sum)+1))
	}).WithTimeout(figures).WithPolling(2 * time.Second).Should(Succeed())
	return sum
}

// replicas are the sizes of both versions.
func replicas(ns string) (v1, v2 int) {
	GinkgoHelper()
	text := kubectl("get", "deployments", "reviews-v1", "reviews-v2", "--namespace="+ns, "--output=jsonpath={.items[*].spec.replicas}")
	_, err := fmt.Sscan(text, &v1, &v2)
	Expect(err).NotTo(HaveOccurred())
	return v1, v2
}

// series waits until both versions have sizes that fit, and reports the sizes on the way.
func series(ns, until string, fit func(v1, v2 int) bool) {
	GinkgoHelper()
	begin, line := time.Now(), []string{}
	Eventually(func() bool {
		v1, v2 := replicas(ns)
		if point := fmt.Sprintf("%d:%d", v1, v2); len(line) == 0 || !strings.HasSuffix(line[len(line)-1], " "+point) {
			line = append(line, fmt.Sprintf("%.0fs %s", time.Since(begin).Seconds(), point))
		}
		return fit(v1, v2)
	}).WithTimeout(figures).WithPolling(time.Second).Should(BeTrue(), "%s: %v", until, &line)
	AddReportEntry("replicas of v1:v2 "+until, strings.Join(line, ", "))
}

// autoscalers are the specs of all autoscalers of a namespace.
func autoscalers(ns string) string {
	GinkgoHelper()
	return kubectl("get", "hpa", "--namespace="+ns, `--output=jsonpath={range .items[*]}{.metadata.uid} {.spec}{"\n"}{end}`)
}

// writers are the programs that have written an autoscaler.
func writers(ns string) []string {
	GinkgoHelper()
	return strings.Fields(kubectl("get", "hpa", "--namespace="+ns, "--show-managed-fields", "--output=jsonpath={.items[*].metadata.managedFields[*].manager}"))
}

// scalers are the programs that have written the size of reviews.
func scalers(ns string) (names []string) {
	GinkgoHelper()
	var list struct {
		Items []struct {
			Metadata struct {
				Name          string
				ManagedFields []struct {
					Manager  string
					FieldsV1 map[string]map[string]any
				}
			}
		}
	}
	text := kubectl("get", "deployments", "--namespace="+ns, "--show-managed-fields", "--output=json")
	Expect(json.Unmarshal([]byte(text), &list)).To(Succeed())
	for _, d := range list.Items {
		for _, m := range d.Metadata.ManagedFields {
			if strings.HasPrefix(d.Metadata.Name, "reviews") && m.FieldsV1["f:spec"]["f:replicas"] != nil {
				names = append(names, m.Manager)
			}
		}
	}
	return names
}
