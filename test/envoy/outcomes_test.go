package envoy

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model/modeltest"
)

// TestSlowRequestsAreCountedByEdge calls through a real Envoy whose route is judged. What it tells its agent of requests that
// took longer than an edge, and of those whose caller gave up, is what the judge compares versions by [D24].
func TestSlowRequestsAreCountedByEdge(t *testing.T) {
	const edge, delay, quick, slow, abandoned = 400 * time.Millisecond, 600 * time.Millisecond, 30, 6, 4
	w := newWire(t)
	s := w.versions(1, 1)
	canary := modeltest.CanaryAt("front", 50)
	canary.Status.Phase = v1alpha1.CanaryProgressing
	canary.Status.Run.LatencyEdges = []metav1.Duration{{Duration: edge}, {Duration: time.Hour}}
	s.Canaries = []*v1alpha1.Canary{canary}
	w.publish(t, s)

	for range quick {
		w.call(t, "")
	}
	call := func(slowFor, patience time.Duration) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+w.addresses[front].String()+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set(slowly, slowFor.String())
		if answer, err := w.client.Do(r); err == nil {
			answer.Body.Close()
		}
	}
	for range slow {
		call(delay, time.Minute)
	}
	for range abandoned {
		call(time.Minute, delay)
	}

	type counts struct{ requests, over, overTheLast uint64 }
	var byOutcome map[string]counts
	until(t, "outcomes", func() bool {
		byOutcome = map[string]counts{}
		all := uint64(0)
		report, _ := w.outcomes.Report()
		for _, c := range report.Counters {
			if c.Route != "judged/shop/front/400ms,1h0m0s" || !strings.HasPrefix(c.Cluster, "shop/front/80/version=v") {
				t.Fatalf("an outcome of another route: %v", c)
			}
			sum := byOutcome[c.Outcome]
			byOutcome[c.Outcome] = counts{sum.requests + c.Requests, sum.over + c.Slow[0], sum.overTheLast + c.Slow[1]}
			all += c.Requests
		}
		return all == quick+slow+abandoned
	})
	ok, gaveUp := byOutcome["ok"], byOutcome["abandoned"]
	if ok.requests != quick+slow || ok.over < slow || ok.over > slow+quick/2 || gaveUp != (counts{abandoned, abandoned, 0}) || ok.overTheLast > 0 {
		t.Errorf("%+v", byOutcome)
	}
}
