package node

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// supervisor starts components and remembers how they ended. It never restarts one by itself: a fault that a test
// injects stays until the test takes it back.
type supervisor struct {
	logs string

	mu    sync.Mutex
	specs map[string]Component
	state map[string]*Status
}

func newSupervisor(logs string) *supervisor {
	return &supervisor{logs: logs, specs: map[string]Component{}, state: map[string]*Status{}}
}

// start runs a component unless it runs already. Its output is appended to its log.
func (s *supervisor) start(c Component) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old, ok := s.state[c.Name]; ok && old.Running {
		return fmt.Errorf("%s runs already (pid %d)", c.Name, old.PID)
	}
	log, err := os.OpenFile(filepath.Join(s.logs, c.Name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	null, err := os.Open(os.DevNull)
	if err != nil {
		return err
	}
	defer null.Close()
	p, err := os.StartProcess(c.Argv[0], c.Argv, &os.ProcAttr{
		Env: c.Env, Dir: "/", Files: []*os.File{null, log, log}, Sys: &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		return fmt.Errorf("start %s: %w", c.Name, err)
	}
	s.specs[c.Name] = c
	s.state[c.Name] = &Status{Name: c.Name, PID: p.Pid, Running: true, Started: time.Now()}
	return p.Release()
}

// restart runs a component again as it was started last.
func (s *supervisor) restart(name string) error {
	s.mu.Lock()
	c, ok := s.specs[name]
	s.mu.Unlock()
	if !ok {
		return fmt.Errorf("no component named %s was started", name)
	}
	return s.start(c)
}

// signal sends a signal to a running component.
func (s *supervisor) signal(name string, sig syscall.Signal) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	st, ok := s.state[name]
	if !ok || !st.Running {
		return fmt.Errorf("%s does not run", name)
	}
	if err := syscall.Kill(st.PID, sig); err != nil {
		return fmt.Errorf("send %v to %s: %w", sig, name, err)
	}
	switch sig {
	case syscall.SIGSTOP:
		st.Paused = true
	case syscall.SIGCONT:
		st.Paused = false
	}
	return nil
}

func (s *supervisor) list() []Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Status
	for _, st := range s.state {
		all = append(all, *st)
	}
	slices.SortFunc(all, func(a, b Status) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// reap waits for every child, those that orphans leave to the init included, and notes the end of components.
func (s *supervisor) reap(child <-chan os.Signal) {
	for range child {
		s.collect()
	}
}

// collect takes the children that have ended since it was last called. One signal may stand for several of them.
func (s *supervisor) collect() {
	for {
		var status unix.WaitStatus
		pid, err := unix.Wait4(-1, &status, unix.WNOHANG, nil)
		if err == unix.EINTR {
			continue
		}
		if err != nil || pid <= 0 {
			return
		}
		s.ended(pid, status)
	}
}

func (s *supervisor) ended(pid int, status unix.WaitStatus) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, st := range s.state {
		if st.PID != pid || !st.Running {
			continue
		}
		st.Running, st.Paused = false, false
		if status.Signaled() {
			st.Exit = status.Signal().String()
		} else {
			st.Exit = fmt.Sprintf("exit code %d", status.ExitStatus())
		}
	}
}
