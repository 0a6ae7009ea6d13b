package uninstall

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// rounds is how often all stages are gone through. A second round removes what the operator made while it stopped.
const rounds = 3

// Runner carries out the steps.
type Runner struct {
	Client client.Client
	// Home is the operator's namespace.
	Home string
	// Say tells a person about progress, a line at a time.
	Say func(line string)
	// Pause returns when it is time to look again. Its error ends the run.
	Pause func(ctx context.Context) error
}

// Run removes weft. It can be run again after any error or interruption.
func (r Runner) Run(ctx context.Context) error {
	for range rounds {
		for _, stage := range Stages {
			if err := r.stage(ctx, stage); err != nil {
				return err
			}
		}
		found, err := Find(ctx, r.Client, r.Home)
		if err != nil {
			return err
		}
		if len(Plan(found)) == 0 {
			return nil
		}
	}
	return r.leftover(ctx)
}

// stage looks anew and does the work of one stage.
func (r Runner) stage(ctx context.Context, stage Stage) error {
	found, err := Find(ctx, r.Client, r.Home)
	if err != nil {
		return err
	}
	for _, step := range Plan(found) {
		if step.Stage != stage {
			continue
		}
		r.say("%s", stage)
		if err := r.do(ctx, step); err != nil {
			return fmt.Errorf("%s: %w; run the same command again to go on", stage, err)
		}
	}
	return nil
}

func (r Runner) do(ctx context.Context, step Step) error {
	switch step.Stage {
	case Sidecars:
		return r.replace(ctx)
	case Gates:
		return r.releasePods(ctx, step.Pods)
	}
	for _, object := range step.Objects {
		if err := r.remove(ctx, object); err != nil {
			return err
		}
	}
	return r.awaitGone(ctx, step.Objects)
}

func (r Runner) leftover(ctx context.Context) error {
	found, err := Find(ctx, r.Client, r.Home)
	if err != nil {
		return err
	}
	var names []string
	for _, step := range Plan(found) {
		names = append(names, items(step)...)
	}
	if len(names) == 0 {
		return nil
	}
	return errors.New("something makes these objects anew, perhaps a GitOps tool: " + strings.Join(names, ", "))
}

func (r Runner) say(format string, args ...any) { r.Say(fmt.Sprintf(format, args...)) }
