package cluster

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weft-mesh/weft/hack/testbed/internal/addon"
)

// Shape is what the user asked for.
type Shape struct {
	Nodes         int      `json:"nodes"`
	OnlyAPIServer bool     `json:"onlyAPIServer"` // etcd and the API server, no node
	With          []string `json:"with"`          // names of add-ons
}

// Validate names what can't be had.
func (s Shape) Validate() error {
	if s.Nodes < 1 || s.Nodes > 2 {
		return fmt.Errorf("--nodes %d: the bed has 1 or 2 nodes", s.Nodes)
	}
	if s.OnlyAPIServer && (s.Nodes > 1 || len(s.With) > 0) {
		return fmt.Errorf("--only apiserver starts no node, so it goes with neither --nodes nor --with")
	}
	for _, name := range s.With {
		if !slices.Contains(addon.Optional(), name) {
			return fmt.Errorf("--with %s: there is %s", name, strings.Join(addon.Optional(), ", "))
		}
	}
	return nil
}

// NodeNames lists the nodes in order.
func (s Shape) NodeNames() []string {
	var names []string
	for i := range s.Nodes {
		names = append(names, fmt.Sprintf("n%d", i+1))
	}
	return names
}

func (s Shape) String() string {
	what := fmt.Sprintf("%d node(s)", s.Nodes)
	if s.OnlyAPIServer {
		what = "the API server alone"
	}
	if len(s.With) > 0 {
		what += " with " + strings.Join(s.With, ", ")
	}
	return what
}
