package rollout

import "github.com/weft-mesh/weft/internal/outcome"

// Bad says which outcomes are errors: faults of the server, and callers that gave up after more than a second. A caller
// that gave up earlier proves nothing.
func Bad(word string) bool {
	return outcome.ClassOf(word) == outcome.Bad || word == outcome.AbandonedSlow
}
