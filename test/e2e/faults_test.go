package e2e

import (
	"fmt"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// These specs break the bed on purpose and mend it; none may run beside them.
var _ = Describe("a fault", Serial, func() {
	It("partition: two nodes don't reach each other until it is healed", func() {
		ns := newNamespace()
		applyFile(ns, "echo.yaml")
		rolledOut(ns, "echo")
		pods := field(ns, "pods", "app=echo", "{.items[*].metadata.name}")
		addresses := field(ns, "pods", "app=echo", "{.items[*].status.podIP}")
		url := fmt.Sprintf("http://%s:8080/", addresses[1])
		Expect(call(ns, pods[0], url)).To(ContainSubstring("StatusCode=200"))

		testbed("fault", "partition", addresses[0], addresses[1])
		DeferCleanup(testbed, "fault", "heal")
		_, err := call(ns, pods[0], url)
		Expect(err).To(HaveOccurred())

		testbed("fault", "heal")
		Expect(call(ns, pods[0], url)).To(ContainSubstring("StatusCode=200"))
	})

	It("pause: a pod is not scheduled while the scheduler is paused", func() {
		ns := newNamespace()
		testbed("fault", "pause", "kube-scheduler")
		DeferCleanup(func() { _, _ = run("", "../../bin/testbed", "fault", "resume", "kube-scheduler") })
		applyFile(ns, "echo.yaml")
		_, err := run("", "kubectl", "wait", "--namespace="+ns, "--for=condition=PodScheduled", "pod", "--selector=app=echo", "--timeout=5s")
		Expect(err).To(HaveOccurred())

		testbed("fault", "resume", "kube-scheduler")
		rolledOut(ns, "echo")
	})

	It("clock: an Envoy whose clock is moved lives an hour ago", func() {
		ns := newNamespace()
		applyFile(ns, "sidecar.yaml")
		rolledOut(ns, "meshed")
		Expect(age(ns)).To(BeNumerically("<", 10*time.Minute))

		kubectl("set", "env", "--namespace="+ns, "deployment/meshed", "--containers=envoy",
			"LD_PRELOAD=/usr/lib/clock.so", "CLOCK_OFFSET=-3600")
		rolledOut(ns, "meshed")
		Expect(age(ns)).To(BeNumerically("~", time.Hour, 10*time.Minute))
	})
})

// age is how far the clock of the sidecar lies behind this one, from the Date header of its admin interface.
func age(namespace string) time.Duration {
	GinkgoHelper()
	var pods []string
	Eventually(func() []string {
		pods = field(namespace, "pods", "app=meshed", "{.items[*].metadata.name}")
		return pods
	}).Should(HaveLen(1))
	out, err := call(namespace, pods[0], "http://127.0.0.1:15000/ready")
	Expect(err).NotTo(HaveOccurred())
	date, err := time.Parse(time.RFC1123, strings.TrimSpace(regexpSubmatch(`(?m)Date:(.*)$`, out)))
	Expect(err).NotTo(HaveOccurred())
	return time.Since(date)
}
