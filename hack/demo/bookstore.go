package main

import "context"

const (
	namespace = "bookstore"
	outside   = "bookstore-outside" // has not joined the mesh
	patience  = "--timeout=180s"
)

// workloads in the order in which they need each other.
var workloads = []string{"ratings", "reviews-v1", "frontend", "load"}

// deploy begins with the namespace, so that it has joined before the first pod comes.
func (d *demo) deploy(ctx context.Context) error {
	d.say.line("bookstore: the namespace joins the mesh")
	if err := d.follow(ctx, "kubectl", "apply", "-f", d.example("deploy/namespace.yaml")); err != nil {
		return err
	}
	if err := d.follow(ctx, "kubectl", "-n", namespace, "wait", "--for=create", "configmap/weft-trust", patience); err != nil {
		return err
	}
	d.say.line("bookstore: kubectl apply -k examples/bookstore/deploy")
	if err := d.apply(ctx, d.example("deploy")); err != nil {
		return err
	}
	for _, name := range workloads {
		if err := d.awaitRollout(ctx, namespace, name); err != nil {
			return err
		}
	}
	return nil
}
