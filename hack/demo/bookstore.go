package main

import (
	"context"
	"fmt"
	"strings"
)

const (
	namespace = "bookstore"
	patience  = "--timeout=180s"
)

// workloads in the order in which they need each other.
var workloads = []string{"ratings", "reviews", "frontend", "load"}

func (d *demo) deploy(ctx context.Context) error {
	rendered, err := output(ctx, "", "kubectl", "kustomize", d.manifests())
	if err != nil {
		return err
	}
	manifest, err := withImage(rendered, d.image)
	if err != nil {
		return err
	}
	d.say.line("bookstore: applying examples/bookstore/deploy")
	applied, err := output(ctx, manifest, "kubectl", "apply", "-f", "-")
	if err != nil {
		return err
	}
	for line := range strings.Lines(applied) {
		d.say.detail(line)
	}
	for _, name := range workloads {
		if err := d.awaitRollout(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

func withImage(manifest, image string) (string, error) {
	if !strings.Contains(manifest, inManifest) {
		return "", fmt.Errorf("the manifest does not use %s", inManifest)
	}
	return strings.ReplaceAll(manifest, inManifest, image), nil
}

// awaitRollout shows what Kubernetes says while it waits.
func (d *demo) awaitRollout(ctx context.Context, name string) error {
	if err := d.follow(ctx, "kubectl", "-n", namespace, "rollout", "status", "deployment/"+name, patience); err != nil {
		d.explain(ctx, name)
		return err
	}
	ready, err := output(ctx, "", "kubectl", "-n", namespace, "get", "deployment", name,
		"-o", "jsonpath={.status.readyReplicas}/{.spec.replicas}")
	if err != nil {
		return err
	}
	d.say.line("%s %s ready", name, ready)
	return nil
}

// explain is the best that can be said about a rollout that failed. Its own failure would add nothing.
func (d *demo) explain(ctx context.Context, name string) {
	d.say.line("%s did not become ready; its pods and the latest warnings:", name)
	_ = d.follow(ctx, "kubectl", "-n", namespace, "get", "pods", "-l", "app="+name, "-o", "wide")
	_ = d.follow(ctx, "kubectl", "-n", namespace, "get", "events", "--field-selector", "type=Warning", "--sort-by", ".lastTimestamp")
}
