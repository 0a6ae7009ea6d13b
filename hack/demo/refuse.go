package main

import (
	"context"
	"fmt"
)

const (
	reviewsURL = "http://reviews." + namespace + ":8080/reviews?id=1"
	ratingsURL = "http://ratings." + namespace + ":8080/ratings?id=1"
)

// refuseOutsider calls from a pod without a sidecar.
func (d *demo) refuseOutsider(ctx context.Context) error {
	d.say.line("outside: kubectl apply -k examples/bookstore/callers/outside (a namespace that has not joined)")
	if err := d.apply(ctx, d.example("callers/outside")); err != nil {
		return err
	}
	if err := d.awaitRollout(ctx, outside, "outside"); err != nil {
		return err
	}
	return d.expect(ctx, caller{outside, "deployment/outside", "outside"},
		"outside calls reviews in plain HTTP", reviewsURL, sight.hungUp)
}

// refuseVisitor calls from a pod of the mesh that no Policy names. The two layers come one after the other, so that it
// shows what each does: where both are in force, the network refuses first, and Envoy has nothing left to refuse.
func (d *demo) refuseVisitor(ctx context.Context) error {
	d.say.line("visitor: kubectl apply -k examples/bookstore/callers/visitor (in the mesh, with an account of its own)")
	if err := d.apply(ctx, d.example("callers/visitor")); err != nil {
		return err
	}
	if err := d.awaitRollout(ctx, namespace, "visitor"); err != nil {
		return err
	}
	through := caller{namespace, "deployment/visitor", "visitor"}
	around, err := d.besideSidecar(ctx)
	if err != nil {
		return err
	}
	if err := d.networkLayer(ctx, "Off"); err != nil {
		return err
	}
	if err := d.expect(ctx, through, "visitor calls ratings, no Policy yet", ratingsURL, status(200)); err != nil {
		return err
	}
	if err := d.applyPolicies(ctx); err != nil {
		return err
	}
	if err := d.expect(ctx, through, "visitor calls ratings", ratingsURL, status(403)); err != nil {
		return err
	}
	if err := d.expect(ctx, around, "visitor calls ratings around its sidecar", ratingsURL, sight.hungUp); err != nil {
		return err
	}
	if err := d.networkLayer(ctx, "Enforce"); err != nil {
		return err
	}
	if err := d.awaitDropped(ctx, around); err != nil {
		return err
	}
	if err := d.expect(ctx, through, "visitor calls ratings, both layers", ratingsURL, unanswered); err != nil {
		return err
	}
	return d.closeWindow(ctx, "while Policies came", nil)
}

func (d *demo) applyPolicies(ctx context.Context) error {
	d.say.line("policies: kubectl apply -k examples/bookstore/mesh/policies")
	if err := d.apply(ctx, d.example("mesh/policies")); err != nil {
		return err
	}
	return d.follow(ctx, "kubectl", "-n", namespace, "wait", "policies.weft.dev", "--all", "--for=condition=Ready", patience)
}

// awaitDropped gives the engine of NetworkPolicy time to see the new objects.
func (d *demo) awaitDropped(ctx context.Context, around caller) error {
	err := d.poll(ctx, func(ctx context.Context) (bool, string) {
		got, err := around.call(ctx, ratingsURL)
		if err != nil {
			return false, err.Error()
		}
		if got.dropped() {
			d.say.line("visitor calls ratings around its sidecar: %s", got)
		}
		return got.dropped(), "around its sidecar, NetworkPolicy not yet in force: " + got.String()
	})
	if err != nil {
		return fmt.Errorf("does this cluster's network plugin enforce NetworkPolicy? %w", err)
	}
	return nil
}
