package main

import (
	"context"
	"strings"
)

// restartReviews shows what a plain rolling restart costs without a mesh, whatever that is.
func (d *demo) restartReviews(ctx context.Context) error {
	old, err := output(ctx, "", "kubectl", "-n", namespace, "get", "pods", "-l", "app=reviews", "-o", "name")
	if err != nil {
		return err
	}
	before, err := readLoad(ctx)
	if err != nil {
		return err
	}
	d.say.line("reviews: rolling restart, without a mesh")
	if err := d.follow(ctx, "kubectl", "-n", namespace, "rollout", "restart", "deployment/reviews"); err != nil {
		return err
	}
	if err := d.awaitRollout(ctx, "reviews"); err != nil {
		return err
	}
	d.say.line("reviews: waiting for the old pods to leave")
	gone := append([]string{"-n", namespace, "wait", "--for=delete", patience}, strings.Fields(old)...)
	if err := d.follow(ctx, "kubectl", gone...); err != nil {
		return err
	}
	now, err := readLoad(ctx)
	if err != nil {
		return err
	}
	// What was in flight when the last old pod left ends within these.
	const tail = 400
	after, err := d.awaitRequests(ctx, now.ended()+tail)
	if err != nil {
		return err
	}
	return d.reportLoad("restart of reviews, no mesh", before, after)
}
