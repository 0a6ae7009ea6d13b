package node

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/weft-mesh/weft/hack/testbed/internal/layout"
)

// Init is the first process of a node. It never returns while the node lives.
func Init(dir layout.Dir, name string) error {
	if os.Getpid() != 1 {
		return fmt.Errorf("init is the first process of a node; the up command starts it")
	}
	if err := syscall.Sethostname([]byte(name)); err != nil {
		return fmt.Errorf("set host name: %w", err)
	}
	if err := mount(dir, name); err != nil {
		return err
	}
	if err := sysctl(); err != nil {
		return err
	}
	child := make(chan os.Signal, 1)
	signal.Notify(child, syscall.SIGCHLD)
	s := newSupervisor(dir.Node(name, "log"))
	go s.reap(child)
	listener, err := net.Listen("unix", socket(dir, name))
	if err != nil {
		return err
	}
	return http.Serve(listener, s.handler())
}

func socket(dir layout.Dir, name string) string { return dir.Node(name, "init.sock") }
