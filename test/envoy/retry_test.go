package envoy

import (
	"net/http"
	"strings"
	"testing"
)

// TestARequestThatWasReadIsNotRepeated calls pods that read a request and die: what they did before is not known. So no
// pod gets it again, whatever the method.
func TestARequestThatWasReadIsNotRepeated(t *testing.T) {
	one, two := servingPod(t, dying), servingPod(t, dying)
	c := newCaller(t, "http", one.ip, two.ip)
	for n, method := range []string{http.MethodPost, http.MethodGet} {
		if got := c.send(t, method, "an order"); got.status != http.StatusServiceUnavailable {
			t.Errorf("%s: status %d, want 503", method, got.status)
		}
		if got := int(one.got.Load() + two.got.Load()); got != n+1 {
			t.Errorf("%s: the pods have got %d requests, want %d", method, got, n+1)
		}
	}
	if n := c.statistics(t, "upstream_rq_retry")["upstream_rq_retry"]; n != 0 {
		t.Errorf("Envoy has sent %d requests again", n)
	}
}

// TestAFailedAnswerIsNotRepeated: a status code says that the request was served.
func TestAFailedAnswerIsNotRepeated(t *testing.T) {
	for _, status := range []int{http.StatusInternalServerError, http.StatusServiceUnavailable} {
		one, two := servingPod(t, answering(status)), servingPod(t, answering(status))
		c := newCaller(t, "http", one.ip, two.ip)
		if got := c.send(t, http.MethodGet, ""); got.status != status {
			t.Errorf("status %d, want %d", got.status, status)
		}
		if got := one.got.Load() + two.got.Load(); got != 1 {
			t.Errorf("%d: the pods have got %d requests, want one", status, got)
		}
	}
}

// TestARefusedConnectionIsTriedElsewhere calls two pods, one of which does not listen: nothing was sent to it. Each request
// is served, and once.
func TestARefusedConnectionIsTriedElsewhere(t *testing.T) {
	const requests = 20
	there := servingPod(t, answering(http.StatusOK))
	c := newCaller(t, "http", vacantIP(), there.ip)
	for range requests {
		if got := c.send(t, http.MethodPost, "an order"); got.status != http.StatusOK {
			t.Fatalf("status %d, want 200", got.status)
		}
	}
	if got := there.got.Load(); got != requests {
		t.Errorf("the pod has got %d requests, want %d", got, requests)
	}
	if n := c.statistics(t, "upstream_rq_retry")["upstream_rq_retry"]; n == 0 {
		t.Error("no request was sent again, so the pod that does not listen was never tried")
	}
}

// TestNobodyListens: the number of retries has an end, and a body that is too long to keep is not sent again.
func TestNobodyListens(t *testing.T) {
	for body, retries := range map[string]int{"an order": 2, strings.Repeat("orders ", 100_000): 0} {
		c := newCaller(t, "http", vacantIP(), vacantIP())
		got := c.send(t, http.MethodPost, body)
		if got.status != http.StatusServiceUnavailable {
			t.Errorf("%d bytes: status %d, want 503", len(body), got.status)
		}
		if n := c.statistics(t, "upstream_rq_retry")["upstream_rq_retry"]; n != retries {
			t.Errorf("%d bytes: %d retries, want %d", len(body), n, retries)
		}
	}
}

// TestARefusedSessionIsTriedElsewhere is the same for TCP, before the caller has said a word.
func TestARefusedSessionIsTriedElsewhere(t *testing.T) {
	there := servingPod(t, answering(http.StatusOK))
	c := newCaller(t, "tcp", vacantIP(), there.ip)
	for range 20 {
		if got := c.send(t, http.MethodPost, "an order"); got.status != http.StatusOK {
			t.Fatalf("status %d, want 200", got.status)
		}
	}
	if n := c.statistics(t, "upstream_cx_connect_fail")["upstream_cx_connect_fail"]; n == 0 {
		t.Error("the pod that does not listen was never tried")
	}
}
