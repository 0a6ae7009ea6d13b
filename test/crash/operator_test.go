package crash

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"
	"testing"

	. "github.com/onsi/gomega"
)

const (
	system = "weft-system"
	lease  = "weft-operator"
)

// operator is one process.
type operator struct {
	command *exec.Cmd
	metrics string
	log     *bytes.Buffer // to be read when ended is closed
	ended   chan struct{}
}

// start runs a replica on a loopback address of its own. It dies at the failpoint, if one is given as MOMENT:NAME.
func start(t *testing.T, pod, address, failpoint string) *operator {
	t.Helper()
	ports := freePorts(t, 3)
	o := &operator{metrics: net.JoinHostPort(address, ports[1]), log: &bytes.Buffer{}, ended: make(chan struct{})}
	o.command = exec.Command(program,
		"--agent-image=agent", "--webhook-port="+ports[0], "--metrics="+o.metrics,
		"--health="+net.JoinHostPort(address, ports[2]),
		"--agents="+net.JoinHostPort(address, agentsPort), "--peers="+net.JoinHostPort(address, peersPort),
		"--otlp="+net.JoinHostPort(address, "4317"))
	o.command.Env = append(os.Environ(),
		"KUBECONFIG="+kubeconfig, "POD_NAME="+pod, "POD_NAMESPACE="+system, "WEFT_FAILPOINT="+failpoint)
	o.command.Stdout, o.command.Stderr = o.log, o.log
	if err := o.command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = o.command.Wait()
		close(o.ended)
	}()
	return o
}

// alone starts the only replica, with its pod, and waits for the CA of the Mesh. It ends with the test, which shows its log
// if it fails.
func alone(t *testing.T, name, address string) *operator {
	t.Helper()
	replica := pod(system, name, map[string]string{"app.kubernetes.io/name": "weft-operator"})
	create(t, replica)
	t.Cleanup(func() { remove(t, replica) })
	run(t, replica, address)
	o := start(t, name, address, "")
	t.Cleanup(func() {
		if o.kill(); t.Failed() {
			t.Logf("the operator's log:\n%s", o.log)
		}
	})
	create(t, mesh())
	await(t, "the CA", func(g Gomega) { g.Expect(storedRoot(t)).NotTo(BeEmpty()) })
	return o
}

// These are free on the loopback addresses that the tests take.
const (
	agentsPort = "15010"
	peersPort  = "15011"
)

// freePorts are free on all addresses at this moment, as the webhook listens on all of them. They are held until all are
// known, so that none is given twice.
func freePorts(t *testing.T, count int) (ports []string) {
	t.Helper()
	for range count {
		l, err := net.Listen("tcp", ":0")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = l.Close() }()
		_, port, _ := net.SplitHostPort(l.Addr().String())
		ports = append(ports, port)
	}
	return ports
}

// kill ends the process as a lost machine would.
func (o *operator) kill() {
	_ = o.command.Process.Kill()
	<-o.ended
}

// killed says whether an ended process was ended by SIGKILL, and else how it ended.
func (o *operator) killed() error {
	status, _ := o.command.ProcessState.Sys().(syscall.WaitStatus)
	if status.Signaled() && status.Signal() == syscall.SIGKILL {
		return nil
	}
	return fmt.Errorf("the operator ended with %v:\n%s", o.command.ProcessState, o.log)
}
