package envoy

import (
	"net/http"
	"testing"
)

// inARow is how many failures in a row leave a pod out.
const inARow = 5

// TestAPodThatFailsIsLeftOut sends to two pods, one of which answers as a proxy does that can't reach its application.
// After five failures in a row it gets nothing more; that it is out takes a moment to get around.
func TestAPodThatFailsIsLeftOut(t *testing.T) {
	good, bad := servingPod(t, answering(http.StatusOK)), servingPod(t, answering(http.StatusServiceUnavailable))
	c := newCaller(t, "http", good.ip, bad.ip)
	const enough = 20 // with both pods they would not all be well
	well := 0
	until(t, "time without failures", func() bool {
		well++
		if c.send(t, http.MethodGet, "").status != http.StatusOK {
			well = 0
		}
		return well == enough
	})
	if got := bad.got.Load(); got < inARow {
		t.Errorf("the bad pod is left out after %d failures, want %d", got, inARow)
	}
	if n := c.statistics(t, "outlier_detection.ejections_active")["outlier_detection.ejections_active"]; n != 1 {
		t.Errorf("%d pods are left out, want one", n)
	}
}

// TestWhatIsNoPodsFaultLeavesNoneOut: an application's own errors come from its other pods too, a lone pod is better than
// none, and when more than half fail the fault is elsewhere.
func TestWhatIsNoPodsFaultLeavesNoneOut(t *testing.T) {
	for what, c := range map[string]struct {
		status, pods, out int
	}{
		"the application's errors": {http.StatusInternalServerError, 2, 0},
		"a lone pod":               {http.StatusServiceUnavailable, 1, 0},
		"all of two":               {http.StatusServiceUnavailable, 2, 1},
		"all of three":             {http.StatusServiceUnavailable, 3, 1},
	} {
		t.Run(what, func(t *testing.T) {
			var all []*pod
			for range c.pods {
				all = append(all, servingPod(t, answering(c.status)))
			}
			caller := newCaller(t, "http", addresses(all)...)
			const requests = 60
			for range requests {
				if got := caller.send(t, http.MethodGet, ""); got.status != c.status {
					t.Fatalf("status %d, want %d", got.status, c.status)
				}
			}
			got := 0
			for _, p := range all {
				got += int(p.got.Load())
			}
			if got != requests {
				t.Errorf("the pods have got %d requests, want %d", got, requests)
			}
			if n := caller.statistics(t, "outlier_detection.ejections_active")["outlier_detection.ejections_active"]; n != c.out {
				t.Errorf("%d pods are left out, want %d", n, c.out)
			}
		})
	}
}

// TestAPodThatIsLeftOutIsBetterThanNone takes the good pod away from two while the other one is left out.
func TestAPodThatIsLeftOutIsBetterThanNone(t *testing.T) {
	good, bad := servingPod(t, answering(http.StatusOK)), servingPod(t, answering(http.StatusServiceUnavailable))
	c := newCaller(t, "http", good.ip, bad.ip)
	until(t, "a pod that is left out", func() bool {
		c.send(t, http.MethodGet, "")
		return c.statistics(t, "outlier_detection.ejections_active")["outlier_detection.ejections_active"] == 1
	})
	before := bad.got.Load()
	c.pods(bad.ip)
	c.publish(t)
	until(t, "the last pod", func() bool {
		return c.statistics(t, "membership_total")["membership_total"] == 1
	})
	c.send(t, http.MethodGet, "")
	if got := bad.got.Load() - before; got != 1 {
		t.Errorf("the last pod has got %d requests, want 1", got)
	}
}
