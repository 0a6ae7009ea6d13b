package main

import (
	"context"
	"fmt"
	"os"
	"strings"
)

func (d *demo) startCluster(ctx context.Context) error {
	if d.cluster == onTestbed {
		if err := d.startTestbed(ctx); err != nil {
			return err
		}
	}
	version, err := output(ctx, "", "kubectl", "version")
	if err != nil {
		return fmt.Errorf("the cluster does not answer: %w", err)
	}
	for line := range strings.Lines(version) {
		if strings.HasPrefix(line, "Server") {
			d.say.line("cluster: %s", strings.TrimSpace(line))
		}
	}
	return nil
}

func (d *demo) startTestbed(ctx context.Context) error {
	d.say.line("cluster: starting one node (%s up --nodes 1)", d.testbed)
	if err := d.follow(ctx, d.testbed, "up", "--nodes", "1"); err != nil {
		return err
	}
	text, err := output(ctx, "", d.testbed, "env")
	if err != nil {
		return err
	}
	for name, value := range parseEnv(text, os.Getenv) {
		if err := os.Setenv(name, value); err != nil {
			return fmt.Errorf("set %s: %w", name, err)
		}
	}
	return nil
}

func (d *demo) stopCluster(ctx context.Context) error {
	d.say.line("cluster: stopping")
	return d.follow(ctx, d.testbed, "down")
}

// parseEnv reads lines such as export NAME="VALUE". A value may refer to older ones, such as $PATH.
func parseEnv(text string, old func(string) string) map[string]string {
	env := map[string]string{}
	for line := range strings.Lines(text) {
		assignment, exported := strings.CutPrefix(strings.TrimSpace(line), "export ")
		name, value, found := strings.Cut(assignment, "=")
		if exported && found {
			env[name] = os.Expand(strings.Trim(value, `"'`), old)
		}
	}
	return env
}
