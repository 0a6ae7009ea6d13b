package main

import (
	"context"
	"path/filepath"
	"strings"
)

// provideWeft builds the operator and the agent with Envoy. A user's own names are taken as they are.
func (d *demo) provideWeft(ctx context.Context, work string) error {
	i := &d.images
	if i.operator != "" && i.agent != "" {
		d.say.line("images: %s, %s", i.operator, i.agent)
		return nil
	}
	envoy, err := d.envoy(ctx)
	if err != nil {
		return err
	}
	built := filepath.Join(work, "built")
	d.say.line("images: building the operator, and the agent with Envoy")
	// Without the commit in it, a program changes only when its sources do.
	if err := d.follow(ctx, "env", "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false",
		"go", "run", "-C", filepath.Join(d.root, "hack", "images"), ".", "build", "--envoy", envoy, "--out", built); err != nil {
		return err
	}
	if i.operator, err = d.loadFile(ctx, filepath.Join(built, "operator.tar"), "weft.local/operator", work); err != nil {
		return err
	}
	i.agent, err = d.loadFile(ctx, filepath.Join(built, "agent.tar"), "weft.local/agent", work)
	return err
}

// envoy is the path of the binary that the test bed has built.
func (d *demo) envoy(ctx context.Context) (string, error) {
	d.say.line("images: looking for Envoy, building it if it is missing")
	out, err := output(ctx, "", d.testbed, "build", "envoy")
	if err != nil {
		return "", err
	}
	return filepath.Join(strings.TrimSpace(out), "envoy"), nil
}
