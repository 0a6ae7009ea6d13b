package main

import (
	"context"
	"fmt"
)

type demo struct {
	options
	say  *sayer
	book account
}

// up is the demo. It can be run again on a cluster where it was run before: the bookstore begins anew.
func (d *demo) up(ctx context.Context) error {
	if err := d.checkImages(); err != nil {
		return err
	}
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"start the cluster", d.startCluster},
		{"provide the images", d.provideImages},
		{"install weft", d.install},
		{"remove an earlier bookstore", d.removeBookstore},
		{"make the mesh", d.makeMesh},
		{"deploy the bookstore", d.deploy},
		{"find the sidecars", d.showSidecars},
		{"begin to count", d.beginAccount},
		{"refuse a caller without identity", d.refuseOutsider},
		{"refuse a caller by Policy", d.refuseVisitor},
		{"release " + good.version, d.release(good)},
		{"release " + faulty.version, d.release(faulty)},
		{"release " + hanging.version, d.release(hanging)},
		{"settle the account", d.settleAccount},
	} {
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	d.next()
	return nil
}

// next tells the reader how to go on.
func (d *demo) next() {
	d.say.text("\nThe cluster is still up and under load. To look around:\n")
	if d.cluster == onTestbed {
		d.say.text("  eval \"$(%s env)\"\n", d.testbed)
	}
	d.say.text("  export PATH=\"$PWD/bin:$PATH\"              # for kubectl weft\n")
	d.say.text("  kubectl weft status\n")
	d.say.text("  kubectl weft canary status reviews -n %s\n", namespace)
	d.say.text("  kubectl get meshes,policies.weft.dev,canaries -A\n")
	d.say.text("  kubectl get canary reviews -n %s -o yaml\n", namespace)
	d.say.text("  kubectl get networkpolicies -n %s\n", namespace)
	d.say.text("  kubectl logs -n %s deployment/load -c load -f\n", namespace)
	d.say.text("  kubectl rollout restart deployment/ratings -n %s\n", namespace)
	d.say.text("\nThe objects are in examples/bookstore. To remove it all: make demo-down")
	if d.cluster == onCurrent {
		d.say.text(" CLUSTER=current")
	}
	d.say.text("\n")
}
