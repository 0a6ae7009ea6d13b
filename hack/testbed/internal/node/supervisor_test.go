package node

import (
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// watched is a supervisor with the signals of its children. A process has one set of children, so the tests of this
// package never run in parallel, and each takes its own children before it ends.
type watched struct {
	*supervisor
	child chan os.Signal
}

func watch(t *testing.T) watched {
	t.Helper()
	child := make(chan os.Signal, 1)
	signal.Notify(child, syscall.SIGCHLD)
	t.Cleanup(func() { signal.Stop(child) })
	return watched{newSupervisor(t.TempDir()), child}
}

// end waits until the only component has ended.
func (w watched) end(t *testing.T) Status {
	t.Helper()
	for {
		all := w.list()
		if len(all) != 1 {
			t.Fatalf("want one component: %+v", all)
		}
		if !all[0].Running {
			return all[0]
		}
		<-w.child
		w.collect()
	}
}

func shell(script string) Component {
	return Component{Name: "c", Argv: []string{"/bin/sh", "-c", script}, Env: []string{"PATH=/bin"}}
}

func TestAnEndIsRemembered(t *testing.T) {
	for script, want := range map[string]string{"exit 3": "exit code 3", "kill -9 $$": "killed"} {
		s := watch(t)
		if err := s.start(shell(script)); err != nil {
			t.Fatal(err)
		}
		if st := s.end(t); st.Exit != want {
			t.Errorf("%q: exit is %q, want %q", script, st.Exit, want)
		}
	}
}

func TestAComponentRunsOnceAtATime(t *testing.T) {
	s := watch(t)
	c := shell("echo started; exec sleep 1000")
	if err := s.start(c); err != nil {
		t.Fatal(err)
	}
	if err := s.start(c); err == nil {
		t.Error("it was started twice")
	}
	first := s.list()[0].PID
	if err := s.signal("c", syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	s.end(t)
	if err := s.signal("c", syscall.SIGKILL); err == nil {
		t.Error("a signal went to a component that had ended")
	}
	if err := s.restart("c"); err != nil {
		t.Fatal(err)
	}
	if second := s.list()[0]; !second.Running || second.PID == first {
		t.Errorf("after restart: %+v, before: pid %d", second, first)
	}
	if err := s.signal("c", syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	s.end(t)
	if err := s.restart("nobody"); err == nil || !strings.Contains(err.Error(), "nobody") {
		t.Errorf("restart of an unknown component: %v", err)
	}
}

func TestPauseAndResumeShow(t *testing.T) {
	s := watch(t)
	if err := s.start(shell("exec sleep 1000")); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		signal syscall.Signal
		paused bool
	}{{syscall.SIGSTOP, true}, {syscall.SIGCONT, false}} {
		if err := s.signal("c", step.signal); err != nil {
			t.Fatal(err)
		}
		if st := s.list()[0]; st.Paused != step.paused {
			t.Errorf("after %v: paused is %v", step.signal, st.Paused)
		}
	}
	if err := s.signal("c", syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	s.end(t)
}

func TestOutputIsAppended(t *testing.T) {
	s := watch(t)
	for range 2 {
		if err := s.start(shell("echo out; echo err >&2")); err != nil {
			t.Fatal(err)
		}
		s.end(t)
	}
	log, err := os.ReadFile(filepath.Join(s.logs, "c.log"))
	if err != nil || string(log) != "out\nerr\nout\nerr\n" {
		t.Errorf("log is %q, %v", log, err)
	}
}
