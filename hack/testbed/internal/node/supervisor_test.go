package node

import (
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// running makes a supervisor whose children are reaped until the test ends.
func running(t *testing.T) *supervisor {
	t.Helper()
	s := newSupervisor(t.TempDir())
	child := make(chan os.Signal, 1)
	signal.Notify(child, syscall.SIGCHLD)
	go s.reap(child)
	t.Cleanup(func() {
		signal.Stop(child)
		close(child)
	})
	return s
}

func shell(script string) Component {
	return Component{Name: "c", Argv: []string{"/bin/sh", "-c", script}, Env: []string{"PATH=/bin"}}
}

// until waits for a state; the test's own deadline ends it.
func until(t *testing.T, s *supervisor, what string, is func(Status) bool) Status {
	t.Helper()
	for t.Context().Err() == nil {
		if all := s.list(); len(all) == 1 && is(all[0]) {
			return all[0]
		}
		runtime.Gosched()
	}
	t.Fatalf("never %s: %+v", what, s.list())
	return Status{}
}

func ended(st Status) bool { return !st.Running }

func TestAnEndIsRemembered(t *testing.T) {
	for script, want := range map[string]string{"exit 3": "exit code 3", "kill -9 $$": "killed"} {
		s := running(t)
		if err := s.start(shell(script)); err != nil {
			t.Fatal(err)
		}
		if st := until(t, s, "ended", ended); st.Exit != want {
			t.Errorf("%q: exit is %q, want %q", script, st.Exit, want)
		}
	}
}

func TestAComponentRunsOnceAtATime(t *testing.T) {
	s := running(t)
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
	until(t, s, "ended", ended)
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
	until(t, s, "ended", ended)
	if err := s.restart("nobody"); err == nil || !strings.Contains(err.Error(), "nobody") {
		t.Errorf("restart of an unknown component: %v", err)
	}
}

func TestPauseAndResumeShow(t *testing.T) {
	s := running(t)
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
	until(t, s, "ended", ended)
}

func TestOutputIsAppended(t *testing.T) {
	s := running(t)
	for range 2 {
		if err := s.start(shell("echo out; echo err >&2")); err != nil {
			t.Fatal(err)
		}
		until(t, s, "ended", ended)
	}
	log, err := os.ReadFile(filepath.Join(s.logs, "c.log"))
	if err != nil || string(log) != "out\nerr\nout\nerr\n" {
		t.Errorf("log is %q, %v", log, err)
	}
}
