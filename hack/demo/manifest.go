package main

import (
	"context"
	"strings"
)

// Names of the images in the manifests.
const (
	bookstoreInManifest = bookstoreRepository + ":1"
	operatorInManifest  = "weft.local/operator:dev"
	agentInManifest     = "weft.local/agent:dev"
)

// apply applies a folder with the images of this demo.
func (d *demo) apply(ctx context.Context, folder string, args ...string) error {
	rendered, err := output(ctx, "", "kubectl", "kustomize", folder)
	if err != nil {
		return err
	}
	applied, err := output(ctx, d.images.in(rendered), "kubectl", append([]string{"apply", "-f", "-"}, args...)...)
	for line := range strings.Lines(applied) {
		d.say.detail(line)
	}
	return err
}

// in puts the names of the images into a manifest.
func (i images) in(manifest string) string {
	return strings.NewReplacer(
		bookstoreInManifest, i.bookstore,
		operatorInManifest, i.operator,
		agentInManifest, i.agent,
	).Replace(manifest)
}

// awaitRollout shows what Kubernetes says while it waits.
func (d *demo) awaitRollout(ctx context.Context, namespace, name string) error {
	if err := d.follow(ctx, "kubectl", "-n", namespace, "rollout", "status", "deployment/"+name, patience); err != nil {
		d.explain(ctx, namespace)
		return err
	}
	ready, err := output(ctx, "", "kubectl", "-n", namespace, "get", "deployment", name,
		"-o", "jsonpath={.status.readyReplicas} of {.spec.replicas}")
	if err != nil {
		return err
	}
	d.say.line("%s: %s pods ready", name, ready)
	return nil
}

// explain is the best that can be said about pods that did not become ready. Its own failure would add nothing.
func (d *demo) explain(ctx context.Context, namespace string) {
	d.say.line("pods of %s and the latest warnings:", namespace)
	_ = d.follow(ctx, "kubectl", "-n", namespace, "get", "pods", "-o", "wide")
	_ = d.follow(ctx, "kubectl", "-n", namespace, "get", "events", "--field-selector", "type=Warning", "--sort-by", ".lastTimestamp")
}
