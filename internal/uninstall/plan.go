package uninstall

import (
	"fmt"
	"slices"
	"strings"
)

// Stage is a place in the order of an uninstall.
type Stage int

// Stages, in their order.
const (
	// Injection goes first: from then on no pod waits for us.
	Injection Stage = iota
	// Control is the operator, so that nothing is made anew.
	Control
	// Resources are the objects of our three kinds.
	Resources
	// Gates are pods that wait for a release that nobody would give any more.
	Gates
	// Made is what the operator made, and roles and admission policies of the install.
	Made
	// Sidecars are pods that get a plain pod in their place.
	Sidecars
	// Schemas are the definitions of our kinds.
	Schemas
	// Home is the operator's namespace, or what is ours in it.
	Home
)

// Stages lists the stages in their order.
var Stages = []Stage{Injection, Control, Resources, Gates, Made, Sidecars, Schemas, Home}

var titles = map[Stage]string{
	Injection: "stop the injection, so that no new pod gets a sidecar or waits for one",
	Control:   "stop the operator",
	Resources: "release and delete Canaries, Policies and Meshes",
	Gates:     "release pods that wait in a held rollout, so that Kubernetes ends it",
	Made:      "delete what the operator made, and roles and admission policies",
	Sidecars:  "evict pods with a sidecar; their controllers make plain ones",
	Schemas:   "delete the custom resource definitions",
	Home:      "delete what is left of the install",
}

func (s Stage) String() string { return titles[s] }

// Step is the work of one stage. Either Objects or Pods is set.
type Step struct {
	Stage   Stage
	Objects []Object
	Pods    []Pod
}

// Plan orders what is to be done about what was found. A stage without work is left out.
func Plan(found Found) []Step {
	var steps []Step
	for _, stage := range Stages {
		step := Step{Stage: stage, Objects: objectsOf(found, stage)}
		switch stage {
		case Sidecars:
			step.Pods = replaceable(found.Pods)
		case Gates:
			step.Pods = sorted(found.Waiting, comparePods)
		}
		if len(step.Objects)+len(step.Pods) > 0 {
			steps = append(steps, step)
		}
	}
	return steps
}

// objectsOf leaves out what goes with its namespace anyway, and what an earlier stage deletes.
func objectsOf(found Found, stage Stage) []Object {
	objects := sortedByKind(found.Objects[stage])
	if stage != Home {
		return objects
	}
	return slices.DeleteFunc(objects, func(o Object) bool {
		inOurs := slices.ContainsFunc(objects, func(ns Object) bool { return ns.Kind == namespace && ns.Name == o.Namespace })
		return inOurs || slices.Contains(found.Objects[Made], o)
	})
}

// sortedByKind keeps the order in which the kinds were found and sorts the objects of each.
func sortedByKind(objects []Object) []Object {
	var out []Object
	for len(objects) > 0 {
		kind := objects[0].Kind
		var same, rest []Object
		for _, o := range objects {
			if o.Kind == kind {
				same = append(same, o)
			} else {
				rest = append(rest, o)
			}
		}
		out = append(out, sorted(same, compareObjects)...)
		objects = rest
	}
	return out
}

func replaceable(pods []Pod) []Pod {
	kept := slices.DeleteFunc(slices.Clone(pods), func(p Pod) bool { return !p.live() || !p.replaceable() })
	return sorted(kept, comparePods)
}

// Left are the pods that keep their sidecar until somebody deletes them or they end.
func Left(found Found) []Pod {
	kept := slices.DeleteFunc(slices.Clone(found.Pods), func(p Pod) bool { return !p.live() || p.replaceable() })
	return sorted(kept, comparePods)
}

// Refusal says why an uninstall can't begin, and what to do first. It is nil when nothing stands against it.
func Refusal(found Found) error {
	if found.Package != "" {
		return fmt.Errorf("OLM keeps the operator installed: delete its Subscription and ClusterServiceVersion %s, then run this again",
			found.Package)
	}
	if len(found.Elsewhere) == 0 {
		return nil
	}
	where := strings.Join(found.Elsewhere, ", ")
	if len(found.Objects[Control]) > 0 {
		return fmt.Errorf("another operator runs in namespace %s, and both share what is cluster-wide: delete its Deployment first", where)
	}
	return fmt.Errorf("the operator runs in namespace %s: name it with --operator-namespace", where)
}
