package hold

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What Kubernetes 1.37 did on a cluster with a gate alone, before this package was written. The model of the Deployment
// controller must do the same, or the tests that use it say nothing.
func TestModelDoesAsKubernetesDid(t *testing.T) {
	for _, c := range []struct {
		n                  int32
		surge, unavailable string
		stable, held       int32
	}{
		{1, "25%", "25%", 1, 1}, {2, "25%", "25%", 2, 1}, {4, "25%", "25%", 3, 2}, {10, "25%", "25%", 8, 5},
		{1, "0", "1", 0, 1}, {4, "0", "1", 3, 1}, {4, "0", "100%", 0, 4},
	} {
		w := gateOnly(c.n, c.surge, c.unavailable)
		if got := w.sizes("v1", "v2"); !slices.Equal(got, []int32{c.stable, c.held}) {
			t.Errorf("%d replicas, %s/%s: %v, a cluster had %d+%d", c.n, c.surge, c.unavailable, got, c.stable, c.held)
		}
	}
	for surge, sequence := range map[string][]string{
		"25%":  {"4/4", "8/8", "16/16", "8/8", "4/4", "2/2", "1/1", "2/4", "8/16"},
		"1":    {"4/4", "7/8", "10/12", "13/16", "16/20", "8/10", "4/5", "14/20"},
		"100%": {"4/4", "8/8", "16/16", "3/3", "1/1", "9/9"},
	} {
		w := gateOnly(4, surge, "0")
		var got []string
		for _, at := range sequence {
			var stable, n int32
			fmt.Sscanf(at, "%d/%d", &stable, &n)
			w.resize(n)
			w.settle()
			got = append(got, fmt.Sprintf("%d/%d", w.sizes("v1")[0], n))
		}
		if diff := cmp.Diff(sequence, got); diff != "" {
			t.Errorf("surge %s: (-cluster +model):\n%s", surge, diff)
		}
	}
}

// gateOnly is a hold without floor, metering and repair.
func gateOnly(n int32, surge, unavailable string) *world {
	w := newWorld(n, surge, unavailable)
	w.noFloor, w.noLeader, w.gateOnly = true, true, true
	w.template("v2")
	w.settle()
	return w
}
