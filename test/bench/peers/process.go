package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/weft-mesh/weft/test/bench/peers/talk"
)

// process is a program that answers commands.
type process struct {
	name  string
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Scanner
	said  bytes.Buffer // on standard error
	hello talk.Reply
}

// start runs a program until it is ended, inside a group of limits if there is one.
func start(ctx context.Context, limits *group, name string, command ...string) (*process, error) {
	if limits != nil {
		command = limits.wrap(command)
	}
	p := &process{name: name, cmd: exec.CommandContext(ctx, command[0], command[1:]...)}
	p.cmd.Stderr = &p.said
	if limits != nil {
		p.cmd.Env = append(os.Environ(), limits.environment()...)
	}
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewScanner(out)
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	if p.hello, err = p.hear(); err != nil {
		p.end()
		return nil, err
	}
	return p, nil
}

// ask sends a command and waits for its reply.
func (p *process) ask(c talk.Command) (talk.Reply, error) {
	line, err := json.Marshal(c)
	if err != nil {
		return talk.Reply{}, err
	}
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		return talk.Reply{}, p.gone(err)
	}
	return p.hear()
}

func (p *process) hear() (talk.Reply, error) {
	var r talk.Reply
	if !p.out.Scan() {
		return r, p.gone(p.out.Err())
	}
	if err := json.Unmarshal(p.out.Bytes(), &r); err != nil {
		return r, p.gone(err)
	}
	if r.Error != "" {
		return r, fmt.Errorf("%s: %s", p.name, r.Error)
	}
	return r, nil
}

// gone says what a program said last.
func (p *process) gone(err error) error {
	said := p.said.Bytes()
	const most = 2000
	return errors.Join(fmt.Errorf("%s has ended: %s", p.name, said[max(0, len(said)-most):]), err)
}

// end closes a program's input, at which it ends, and does not wait longer than a few seconds.
func (p *process) end() {
	p.in.Close()
	timer := time.AfterFunc(3*time.Second, func() { _ = p.cmd.Process.Kill() })
	defer timer.Stop()
	_ = p.cmd.Wait() // how it ended does not matter any more
}
