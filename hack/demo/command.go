package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"strings"
)

// follow runs a program and shows its output line by line.
func (d *demo) follow(ctx context.Context, name string, args ...string) error {
	read, write := io.Pipe()
	shown := make(chan struct{})
	go func() {
		defer close(shown)
		for lines := bufio.NewScanner(read); lines.Scan(); {
			d.say.detail(lines.Text())
		}
		io.Copy(io.Discard, read)
	}()
	c := exec.CommandContext(ctx, name, args...)
	c.Stdout, c.Stderr = write, write
	err := c.Run()
	write.Close()
	<-shown
	return named(err, name, args)
}

// output runs a program and returns what it wrote, also if it fails; then the error has what it said about that.
func output(ctx context.Context, stdin, name string, args ...string) (string, error) {
	var out, complaint bytes.Buffer
	c := exec.CommandContext(ctx, name, args...)
	c.Stdin, c.Stdout, c.Stderr = strings.NewReader(stdin), &out, &complaint
	if err := c.Run(); err != nil {
		return out.String(), fmt.Errorf("%w: %s", named(err, name, args), strings.TrimSpace(complaint.String()))
	}
	return out.String(), nil
}

func named(err error, name string, args []string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
}
