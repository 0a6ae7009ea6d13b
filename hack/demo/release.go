package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// release is one folder of examples/bookstore/releases.
type release struct {
	version, stable string
	about           string
	end             string // phase
	blame           *blame // what it may do to the load's requests
}

var (
	good    = release{version: "v2", stable: "v1", about: "a good version", end: promoted}
	faulty  = release{"v3", "v2", "every tenth request fails", rolledBack, &blame{"500", "v3"}}
	hanging = release{"v4", "v2", "it never answers, and its callers give up", rolledBack, &blame{"502 reviews timeout", "none"}}
)

// releaseLimit is for a promotion in four steps, pods included.
const releaseLimit = 5 * time.Minute

// release applies one version and follows its Canary to the end.
func (d *demo) release(r release) func(context.Context) error {
	return func(ctx context.Context) error {
		d.say.line("release %s: %s; kubectl apply -k examples/bookstore/releases/%s", r.version, r.about, r.version)
		if err := d.apply(ctx, d.example("releases/"+r.version)); err != nil {
			return err
		}
		if err := d.followRelease(ctx, r); err != nil {
			d.explain(ctx, namespace)
			return err
		}
		now, err := d.awaitTail(ctx)
		if err != nil {
			return err
		}
		if err := d.enter("during "+r.version, now, r.blame); err != nil {
			return err
		}
		if r.end != rolledBack {
			return nil
		}
		return d.tidy(ctx, r)
	}
}

// followRelease tells each change and measures the time from the first request on.
func (d *demo) followRelease(ctx context.Context, r release) error {
	var before canaryStatus
	var c clock
	err := watch(ctx, releaseLimit, func(now canary) (bool, error) {
		if why := now.refused(); why != "" {
			return false, fmt.Errorf("the Canary is not accepted: %s", why)
		}
		if !now.about(r.version) {
			return false, nil
		}
		for _, line := range news(r, before, now.Status) {
			d.say.line("%s", line)
		}
		before = now.Status
		c.see(now.Status, time.Now())
		return now.Status.ended(), nil
	}, "canary", "reviews", "-n", namespace)
	if err != nil {
		return err
	}
	if before.Phase != r.end {
		return fmt.Errorf("%s should end as %s, and is %s: %s", r.version, r.end, before.Phase, before.Message)
	}
	d.say.line("reviews: %s", c.tell(r))
	return nil
}

// clock has the moments of a release.
type clock struct{ first, decided, ended time.Time }

func (c *clock) see(s canaryStatus, now time.Time) {
	mark := func(at *time.Time, is bool) {
		if is && at.IsZero() {
			*at = now
		}
	}
	mark(&c.first, s.Weight.Desired > 0)
	mark(&c.decided, s.Phase == rollingBack || s.ended())
	mark(&c.ended, s.ended())
}

func (c clock) tell(r release) string {
	if r.end == promoted {
		return fmt.Sprintf("%s promoted %.0f s after it got its first share", r.version, c.ended.Sub(c.first).Seconds())
	}
	return fmt.Sprintf("%s rolled back: decided %.0f s after it got its share, taken away from every proxy %.1f s later",
		r.version, c.decided.Sub(c.first).Seconds(), c.ended.Sub(c.decided).Seconds())
}

// tidy waits until the load has no failures again, and takes the bad version's pods away, as a team would in Git.
func (d *demo) tidy(ctx context.Context, r release) error {
	d.say.line("release %s: removing its Deployment", r.version)
	if err := d.follow(ctx, "kubectl", "-n", namespace, "delete", "deployment", "reviews-"+r.version); err != nil {
		return err
	}
	now, err := d.awaitTail(ctx)
	if err != nil {
		return err
	}
	return d.enter("after "+r.version, now, nil)
}

// reasonsOf lists errors by what went wrong.
func reasonsOf(c counts) string {
	var words []string
	for _, reason := range slices.Sorted(maps.Keys(c.Reasons)) {
		words = append(words, fmt.Sprintf("%d %s", c.Reasons[reason], reason))
	}
	return strings.Join(words, ", ")
}
