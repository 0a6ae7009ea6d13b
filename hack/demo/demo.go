package main

import (
	"context"
	"fmt"
)

type demo struct {
	options
	say *sayer
}

// up is the demo. Each step can be done again on a cluster where it was done before.
func (d *demo) up(ctx context.Context) error {
	if err := d.checkImage(); err != nil {
		return err
	}
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"start the cluster", d.startCluster},
		{"provide the image", d.provideImage},
		{"deploy the bookstore", d.deploy},
		{"read the load", d.showLoad},
		{"restart reviews", d.restartReviews},
	} {
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	d.next()
	return nil
}

func (d *demo) down(ctx context.Context) error {
	if d.cluster == onTestbed {
		return d.stopCluster(ctx)
	}
	d.say.line("removing the namespace %s", namespace)
	return d.follow(ctx, "kubectl", "delete", "namespace", namespace, "--ignore-not-found")
}

// next tells the reader how to go on.
func (d *demo) next() {
	d.say.line("weft is not part of this demo yet: what you saw is plain Kubernetes, the ground that weft will be shown on")
	d.say.text("\nThe cluster is still up and under load. To look around:\n")
	if d.cluster == onTestbed {
		d.say.text("  eval \"$(%s env)\"\n", d.testbed)
	}
	d.say.text("  kubectl -n %s get pods,services\n", namespace)
	d.say.text("  kubectl -n %s logs -f deployment/load\n", namespace)
	d.say.text("  kubectl get --raw %s\n", summaryPath)
	d.say.text("  kubectl -n %s rollout restart deployment/ratings\n", namespace)
	d.say.text("\nTo remove it: make demo-down")
	if d.cluster == onCurrent {
		d.say.text(" CLUSTER=current")
	}
	d.say.text("\n")
}
