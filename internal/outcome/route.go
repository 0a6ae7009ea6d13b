package outcome

import (
	"slices"
	"strings"
	"time"
)

// Judged is the prefix of the names of routes whose outcomes are counted.
const Judged = "judged/"

// MaxEdges is how many durations of a Canary a route's requests are compared with.
const MaxEdges = 7

// ladder in a route's name stands for all rungs.
const ladder = "ladder"

// Rungs are the durations that edges are chosen from, in order. Each is about 1.5 times the one before. They go with the
// word of the ladder, so another list needs another word.
func Rungs() []time.Duration {
	const ms = time.Millisecond
	out := []time.Duration{5 * ms, 7 * ms}
	for decade := 10 * ms; decade <= 10*time.Second; decade *= 10 {
		for _, tenths := range []time.Duration{10, 15, 20, 30, 50, 70} {
			if r := decade * tenths / 10; r <= 30*time.Second {
				out = append(out, r)
			}
		}
	}
	return out
}

// Route names the judged route of a Canary: judged/NAMESPACE/CANARY, and with edges judged/NAMESPACE/CANARY/250ms,1s. An
// agent counts the requests that took longer than each edge. So it needs no other message to know them, and what it
// counts goes with the route that the request took. With all rungs the name ends in ladder, and has only the edges that
// are none of them.
func Route(namespace, canary string, edges []time.Duration, rungs bool) string {
	var words []string
	for _, e := range edges {
		if !rungs || !slices.Contains(Rungs(), e) {
			words = append(words, e.String())
		}
	}
	if rungs {
		words = append(words, ladder)
	}
	name := Judged + namespace + "/" + canary
	if len(words) == 0 {
		return name
	}
	return name + "/" + strings.Join(words, ",")
}

// SplitRoute is the name without edges, and the edges. Edges that can't be read are none: they are of another release.
func SplitRoute(route string) (name string, edges []time.Duration) {
	parts := strings.SplitN(route, "/", 4)
	if len(parts) < 4 {
		return route, nil
	}
	name = strings.Join(parts[:3], "/")
	words := strings.Split(parts[3], ",")
	for i, word := range words {
		if word == ladder && i == len(words)-1 {
			return name, append(edges, Rungs()...)
		}
		e, err := time.ParseDuration(word)
		if err != nil || e <= 0 || len(edges) == MaxEdges || slices.Contains(edges, e) {
			return name, nil
		}
		edges = append(edges, e)
	}
	return name, edges
}
