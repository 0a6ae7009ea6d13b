package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/weft-mesh/weft/test/bench/peers/talk"
)

// The servers that are compared: two control planes, and one that only writes and reads.
const (
	weft  = "weft"
	istio = "Istio"
	bare  = "gRPC alone"
)

// pair is a control plane and the clients that are connected to it.
type pair struct {
	name          string
	server, fleet *process
}

// tools is where the programs are, and a folder for files that go when the benchmark ends.
type tools struct{ folder string }

func (t tools) path(program string) string { return filepath.Join(t.folder, program) }

func (t tools) server(name string, services int) []string {
	if name == bare {
		return []string{t.path("bare")}
	}
	program := map[string]string{weft: "weft", istio: "istio"}[name]
	return []string{t.path(program), fmt.Sprintf("-services=%d", services)}
}

// pair starts a control plane, and clients of which none is connected.
func (t tools) pair(ctx context.Context, limits *group, name string, services int, more ...string) (*pair, error) {
	names := filepath.Join(t.folder, fmt.Sprintf("names-%s-%d", name, services))
	if err := t.explore(ctx, name, services, names); err != nil {
		return nil, err
	}
	server, err := start(ctx, limits, name, append(t.server(name, services), more...)...)
	if err != nil {
		return nil, err
	}
	fleet, err := t.fleet(ctx, server, name, services, names)
	if err != nil {
		server.end()
		return nil, err
	}
	return &pair{name, server, fleet}, nil
}

func (t tools) fleet(ctx context.Context, server *process, name string, services int, names string) (*process, error) {
	return start(ctx, nil, "clients of "+name, t.path("clients"),
		"-address="+server.hello.Address, fmt.Sprintf("-services=%d", services), "-names="+names)
}

// explore writes the names of all resources of a proxy, which a control plane of its own is asked for: the measured one
// has met no client before.
func (t tools) explore(ctx context.Context, name string, services int, names string) error {
	if exists(names) {
		return nil
	}
	server, err := start(ctx, nil, name, t.server(name, services)...)
	if err != nil {
		return err
	}
	defer server.end()
	fleet, err := t.fleet(ctx, server, name, services, names)
	if err != nil {
		return err
	}
	fleet.end()
	return nil
}

func (p *pair) end() {
	p.fleet.end()
	p.server.end()
}

// connect grows the fleet and returns how long it took until each client had everything.
func (p *pair) connect(size int) (begun, ended talk.Reply, err error) {
	begun, err = p.server.ask(talk.Command{Do: "processor"})
	if err != nil {
		return begun, ended, err
	}
	ended, err = p.fleet.ask(talk.Command{Do: "connect", N: size})
	return begun, ended, err
}

// quiet waits until the clients have heard nothing for some milliseconds, and says how much processor time the server has
// used.
func (p *pair) quiet(milliseconds int) (processor talk.Reply, traffic talk.Traffic, err error) {
	heard, err := p.fleet.ask(talk.Command{Do: "quiet", N: milliseconds})
	if err != nil {
		return processor, traffic, err
	}
	processor, err = p.server.ask(talk.Command{Do: "processor"})
	return processor, heard.Traffic, err
}

// both runs something for each, in turn.
func both(pairs []*pair, f func(*pair) error) error {
	var errs []error
	for _, p := range pairs {
		errs = append(errs, f(p))
	}
	return errors.Join(errs...)
}
