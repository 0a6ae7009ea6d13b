// Package netns makes network namespaces for tests: pods without a cluster. It needs root.
package netns

import (
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// Namespace is a network namespace with one thread in it. It ends with Close, and with what still runs in it.
type Namespace struct {
	// Tun is the far side of its interface tun0.
	Tun *os.File
	do  chan func()
}

// New makes a namespace whose interfaces lo and tun0 are set up by a function.
func New(setup func() error) (*Namespace, error) {
	n, made := &Namespace{do: make(chan func())}, make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		err := unix.Unshare(unix.CLONE_NEWNET)
		if err != nil {
			err = fmt.Errorf("make a network namespace (the test needs root): %w", err)
		}
		if err == nil {
			n.Tun, err = OpenTun("tun0")
		}
		if err == nil {
			err = Up("lo")
		}
		if err == nil {
			err = setup()
		}
		if made <- err; err != nil {
			return
		}
		for f := range n.do {
			f()
		}
	}()
	if err := <-made; err != nil {
		return nil, err
	}
	return n, nil
}

// Do runs a function on the thread of the namespace. Sockets that it opens and processes that it starts are in it.
func (n *Namespace) Do(f func()) {
	done := make(chan struct{})
	n.do <- func() {
		defer close(done)
		f()
	}
	<-done
}

// Close ends the thread and the interface.
func (n *Namespace) Close() {
	close(n.do)
	_ = n.Tun.Close()
}
