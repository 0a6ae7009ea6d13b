package town

// Change is what happens to the mesh.
type Change struct {
	// Do is the command that makes it.
	Do string
	// URL is the type of the resource in which it shows.
	URL string
	// mark is the text by which it is known there.
	mark func(n int) string
}

// The changes that are measured.
var (
	// Endpoint: a pod has another address.
	Endpoint = Change{"endpoint", "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment", FreshAddress}
	// Route: a route matches another path.
	Route = Change{"route", "type.googleapis.com/envoy.config.route.v3.RouteConfiguration", FreshPath}
)

// Mark is what the nth change leaves in a resource.
func (c Change) Mark(n int) []byte { return Mark(c.mark(n)) }
