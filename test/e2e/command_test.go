package e2e

import (
	"os/exec"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// run executes a command and returns its output; the error carries the output too.
func run(stdin, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	GinkgoWriter.Printf("$ %s %s\n%s", filepath.Base(name), strings.Join(args, " "), out)
	return strings.TrimSpace(string(out)), err
}

// must executes a command that has to succeed.
func must(stdin, name string, args ...string) string {
	GinkgoHelper()
	out, err := run(stdin, name, args...)
	Expect(err).NotTo(HaveOccurred(), out)
	return out
}

func kubectl(args ...string) string {
	GinkgoHelper()
	return must("", "kubectl", args...)
}

func testbed(args ...string) {
	GinkgoHelper()
	path, err := filepath.Abs("../../bin/testbed")
	Expect(err).NotTo(HaveOccurred())
	var out string
	Eventually(func() string {
		out, err = run("", path, args...)
		return out
	}).ShouldNot(ContainSubstring("another command is at work"), "specs that run side by side take turns")
	Expect(err).NotTo(HaveOccurred(), out)
}

// newNamespace makes a namespace for one spec and removes it afterwards.
func newNamespace() string {
	GinkgoHelper()
	name := kubectl("create", "--filename=testdata/namespace.yaml", "--output=jsonpath={.metadata.name}")
	DeferCleanup(func() { kubectl("delete", "namespace", name, "--wait=false") })
	return name
}

func rolledOut(namespace, deployment string) {
	GinkgoHelper()
	kubectl("rollout", "status", "--namespace="+namespace, "deployment/"+deployment, "--timeout=120s")
}

// field reads a list of values from the API server.
func field(namespace, resource, selector, path string) []string {
	GinkgoHelper()
	return strings.Fields(kubectl("get", resource, "--namespace="+namespace, "--selector="+selector, "--output=jsonpath="+path))
}

// call sends one HTTP request from a pod of the echo application and returns what the client saw.
func call(namespace, pod, url string) (string, error) {
	return run("", "kubectl", "exec", "--namespace="+namespace, pod, "--container=echo", "--",
		"client", "--count=1", "--timeout=3s", url)
}

// firstCall waits until kube-proxy knows a Service whose pods have just become ready. Until then the kernel refuses
// the connection, so exactly one request arrives.
func firstCall(namespace, pod, url string) string {
	GinkgoHelper()
	var answer string
	Eventually(func() (err error) {
		answer, err = call(namespace, pod, url)
		return err
	}).Should(Succeed())
	return answer
}
