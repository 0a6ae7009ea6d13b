package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	"github.com/onsi/gomega/gexec"
)

// wireProgram is testdata/wire, built and loaded as an image. The nodes see the file too.
type wireProgram string

func newWireProgram() wireProgram {
	GinkgoHelper()
	work := GinkgoT().TempDir()
	binary := filepath.Join(work, "wire")
	must("", "env", "CGO_ENABLED=0", "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", binary, "./testdata/wire")
	program, err := os.ReadFile(binary)
	Expect(err).NotTo(HaveOccurred())
	archive := filepath.Join(work, "wire.tar")
	Expect(os.WriteFile(archive, imageArchive("testbed.local/wire:e2e", "wire", program), 0o600)).To(Succeed())
	testbed("load-image", archive)
	return wireProgram(binary)
}

// wire runs the program in a pod.
func wire(namespace, pod string, args ...string) (string, error) {
	return run("", "kubectl", append([]string{"exec", "--namespace=" + namespace, pod, "--container=it", "--", "/wire"}, args...)...)
}

// wireInto runs the program in a pod and reads what it prints.
func wireInto[T any](namespace, pod string, args ...string) (out T) {
	GinkgoHelper()
	text, err := wire(namespace, pod, args...)
	Expect(err).NotTo(HaveOccurred(), text)
	Expect(json.Unmarshal([]byte(text), &out)).To(Succeed(), text)
	return out
}

// listenerStat counts what happened in handshakes of callers with a pod.
func listenerStat(namespace, pod, name string) int {
	GinkgoHelper()
	return wireStat(namespace, pod, "listener.0.0.0.0_15006."+name)
}

// wireStat is a counter of a pod's Envoy, 0 if it does not exist yet.
func wireStat(namespace, pod, name string) int {
	GinkgoHelper()
	out, err := wire(namespace, pod, "get", "http://127.0.0.1:15000/stats?filter=^"+name+"$")
	Expect(err).NotTo(HaveOccurred())
	for line := range strings.Lines(out) {
		if text, is := strings.CutPrefix(line, name+": "); is {
			n, err := strconv.Atoi(strings.TrimSpace(text))
			Expect(err).NotTo(HaveOccurred())
			return n
		}
	}
	return 0
}

// segment is the payload of one TCP segment.
type segment struct {
	From, To netip.AddrPort
	Data     []byte
}

// capture listens on the link between a pod and its node while something happens.
func (w wireProgram) capture(namespace, pod string, during func()) (seen []segment) {
	GinkgoHelper()
	address := kubectl("get", "pod", pod, "--namespace="+namespace, "--output=jsonpath={.status.podIP}")
	node := kubectl("get", "pod", pod, "--namespace="+namespace, "--output=jsonpath={.spec.nodeName}")
	cmd := exec.Command("../../bin/testbed", "exec", "--node="+node, "--", string(w), "capture", address)
	stop, err := cmd.StdinPipe()
	Expect(err).NotTo(HaveOccurred())
	session, err := gexec.Start(cmd, nil, GinkgoWriter)
	Expect(err).NotTo(HaveOccurred())
	Eventually(session.Out).Should(gbytes.Say("capturing\n"))
	during()
	Expect(stop.Close()).To(Succeed())
	Eventually(session).Should(gexec.Exit(0))

	_, lines, _ := bytes.Cut(session.Out.Contents(), []byte("\n"))
	decoder := json.NewDecoder(bytes.NewReader(lines))
	for {
		var s segment
		if err := decoder.Decode(&s); err == io.EOF {
			return seen
		}
		Expect(err).NotTo(HaveOccurred())
		seen = append(seen, s)
	}
}

// payload is all that went to a port and came from it.
func payload(seen []segment, port uint16) (request, answer []byte) {
	for _, s := range seen {
		if s.To.Port() == port {
			request = append(request, s.Data...)
		}
		if s.From.Port() == port {
			answer = append(answer, s.Data...)
		}
	}
	return request, answer
}
