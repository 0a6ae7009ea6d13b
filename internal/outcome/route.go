package outcome

import (
	"slices"
	"strings"
	"time"
)

// Judged is the prefix of the names of routes whose outcomes are counted.
const Judged = "judged/"

// MaxEdges is how many durations a route's requests are compared with.
const MaxEdges = 5

// Route names the judged route of a Canary: judged/NAMESPACE/CANARY, and with edges judged/NAMESPACE/CANARY/250ms,1s. An
// agent counts the requests that took longer than each edge. So it needs no other message to know them, and what it
// counts goes with the route that the request took.
func Route(namespace, canary string, edges []time.Duration) string {
	name := Judged + namespace + "/" + canary
	if len(edges) == 0 {
		return name
	}
	var words []string
	for _, e := range edges {
		words = append(words, e.String())
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
	for _, word := range strings.Split(parts[3], ",") {
		e, err := time.ParseDuration(word)
		if err != nil || e <= 0 || len(edges) == MaxEdges || slices.Contains(edges, e) {
			return name, nil
		}
		edges = append(edges, e)
	}
	return name, edges
}
