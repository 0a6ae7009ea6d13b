package uninstall

import (
	"fmt"
	"slices"
	"strings"
)

// longest is how many objects of one kind are named before the rest is only counted.
const longest = 10

// Describe says, for a person who has to agree, what an uninstall will do and what it leaves.
func Describe(found Found) string {
	var b strings.Builder
	steps := Plan(found)
	if len(steps) == 0 {
		b.WriteString("Nothing of weft is left to remove.\n")
	} else {
		b.WriteString("This removes weft from the cluster:\n")
	}
	for i, step := range steps {
		fmt.Fprintf(&b, "\n%d. %s\n", i+1, step.Stage)
		for _, line := range items(step) {
			fmt.Fprintf(&b, "     %s\n", line)
		}
	}
	if slices.ContainsFunc(steps, func(s Step) bool { return s.Stage == Sidecars }) {
		b.WriteString("\nCalls between a pod with a sidecar and a plain one fail until the last of them is replaced.\n" +
			"Choose a quiet hour. PodDisruptionBudgets are respected.\n")
	}
	b.WriteString(Remains(found))
	return b.String()
}

// Remains says what an uninstall does not touch.
func Remains(found Found) string {
	var b strings.Builder
	if pods := Left(found); len(pods) > 0 {
		b.WriteString("\nThese pods keep their sidecar, because nothing would make them anew, or because they are jobs:\n")
		for _, line := range capped(pods) {
			fmt.Fprintf(&b, "     %s\n", line)
		}
		b.WriteString("Delete or finish them yourself. Their sidecars refuse callers that have none.\n")
	}
	if len(found.Joined) > 0 {
		fmt.Fprintf(&b, "\nThe label weft.dev/mesh stays on namespaces %s: it is yours and has no effect without weft.\n",
			strings.Join(capped(found.Joined), ", "))
	}
	return b.String()
}

func items(step Step) []string {
	if len(step.Pods) > 0 {
		return capped(step.Pods)
	}
	var lines []string
	for start := 0; start < len(step.Objects); {
		end := start
		for end < len(step.Objects) && step.Objects[end].Kind == step.Objects[start].Kind {
			end++
		}
		lines = append(lines, capped(step.Objects[start:end])...)
		start = end
	}
	return lines
}

func capped[T any](all []T) []string {
	var lines []string
	for _, item := range all[:min(len(all), longest)] {
		lines = append(lines, fmt.Sprint(item))
	}
	if more := len(all) - longest; more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	return lines
}
