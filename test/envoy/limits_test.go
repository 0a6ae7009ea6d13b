package envoy

import (
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

func number(n int32) *int32 { return &n }

// holding answers when it is told to.
func holding(release <-chan struct{}) func(net.Conn, *http.Request) {
	return func(conn net.Conn, request *http.Request) {
		<-release
		answering(http.StatusOK)(conn, request)
	}
}

// sendLater sends while the test goes on.
func (c *caller) sendLater(t *testing.T) <-chan answer {
	s, done := c.dial(t), make(chan answer, 1)
	go func() {
		got, err := s.ask(http.MethodPost, "an order")
		if err != nil {
			got.body = err.Error()
		}
		done <- got
	}()
	return done
}

// reach waits until a number of Envoy's is what it should be.
func (c *caller) reach(t *testing.T, name string, want int) {
	t.Helper()
	until(t, name, func() bool { return c.statistics(t, name)[name] == want })
}

// TestWhatIsTooMuchIsRefusedAtOnce lets one request be under way and one wait. The third is answered by Envoy, and the pod
// doesn't hear of it. Without the limits the pod hears of all three.
func TestWhatIsTooMuchIsRefusedAtOnce(t *testing.T) {
	for _, limited := range []bool{true, false} {
		release := make(chan struct{})
		p := servingPod(t, holding(release))
		c := newCaller(t, "http", p.ip)
		if limited {
			c.limit(t, v1alpha1.Limits{MaxConnections: number(1), MaxPendingRequests: number(1)})
		}
		var all []<-chan answer
		all = append(all, c.sendLater(t))
		until(t, "first request", func() bool { return p.got.Load() == 1 })
		all = append(all, c.sendLater(t))
		if limited {
			c.reach(t, "upstream_rq_pending_active", 1)
			got := c.send(t, http.MethodPost, "an order")
			if got.status != http.StatusServiceUnavailable || !strings.Contains(got.body, "overflow") {
				t.Errorf("the third request: %+v", got)
			}
			if n := c.statistics(t, "upstream_rq_pending_overflow")["upstream_rq_pending_overflow"]; n != 1 {
				t.Errorf("%d requests were too much, want 1", n)
			}
			if n := p.got.Load(); n != 1 {
				t.Errorf("the pod has got %d requests, want 1", n)
			}
		} else {
			all = append(all, c.sendLater(t))
			until(t, "all requests at the pod", func() bool { return p.got.Load() == 3 })
		}
		close(release)
		for _, done := range all {
			if got := <-done; got.status != http.StatusOK {
				t.Errorf("limited %v: %+v, want 200", limited, got)
			}
		}
	}
}

// TestTooManyRequests counts requests, not connections, and TestTooManySessions the sessions of TCP.
func TestTooManyRequests(t *testing.T) {
	release := make(chan struct{})
	p := servingPod(t, holding(release))
	c := newCaller(t, "http", p.ip)
	c.limit(t, v1alpha1.Limits{MaxRequests: number(1)})
	first := c.sendLater(t)
	until(t, "first request", func() bool { return p.got.Load() == 1 })
	if got := c.send(t, http.MethodPost, "an order"); got.status != http.StatusServiceUnavailable {
		t.Errorf("the second request: %+v, want 503", got)
	}
	close(release)
	if got := <-first; got.status != http.StatusOK {
		t.Errorf("the first request: %+v", got)
	}
	if got := c.send(t, http.MethodPost, "an order"); got.status != http.StatusOK {
		t.Errorf("a request when nothing is under way: %+v", got)
	}
}

func TestTooManySessions(t *testing.T) {
	p := servingPod(t, answering(http.StatusOK))
	c := newCaller(t, "tcp", p.ip)
	c.limit(t, v1alpha1.Limits{MaxConnections: number(1), MaxPendingRequests: number(1)})
	first := c.dial(t)
	if _, err := first.ask(http.MethodGet, ""); err != nil {
		t.Fatal(err)
	}
	if got, err := c.dial(t).ask(http.MethodGet, ""); err == nil {
		t.Errorf("the second session: %+v", got)
	}
	if n := c.statistics(t, "upstream_cx_overflow")["upstream_cx_overflow"]; n == 0 {
		t.Error("no session was too much")
	}
	first.Close()
	until(t, "place for another session", func() bool {
		_, err := c.dial(t).ask(http.MethodGet, "")
		return err == nil
	})
}

// TestARequestThatTakesTooLong ends when the limit says so.
func TestARequestThatTakesTooLong(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	c := newCaller(t, "http", servingPod(t, holding(release)).ip)
	const limit = 300 * time.Millisecond
	c.limit(t, v1alpha1.Limits{RequestTimeout: &metav1.Duration{Duration: limit}})
	begin := time.Now()
	if got := c.send(t, http.MethodPost, "an order"); got.status != http.StatusGatewayTimeout {
		t.Errorf("%+v, want 504", got)
	}
	if took := time.Since(begin); took < limit/2 { // Envoy's clock ticks at its own pace
		t.Errorf("it ended after %s", took)
	}
	if n := c.statistics(t, "upstream_rq_timeout")["upstream_rq_timeout"]; n != 1 {
		t.Errorf("%d time-outs, want 1", n)
	}
}

// TestRetriesAndEjectionCanBeSwitchedOff shows both of what the defaults hide.
func TestRetriesAndEjectionCanBeSwitchedOff(t *testing.T) {
	bad := servingPod(t, answering(http.StatusServiceUnavailable))
	c := newCaller(t, "http", vacantIP(), bad.ip)
	c.limit(t, v1alpha1.Limits{
		Retries: &v1alpha1.Retries{Attempts: number(0)}, Ejection: &v1alpha1.Ejection{Mode: v1alpha1.EjectionDisabled},
	})
	const requests = 40
	for range requests {
		if got := c.send(t, http.MethodPost, "an order"); got.status != http.StatusServiceUnavailable {
			t.Fatalf("%+v, want 503", got)
		}
	}
	got := c.statistics(t, "upstream_rq_retry", "upstream_cx_connect_fail")
	if got["upstream_rq_retry"] != 0 || got["upstream_cx_connect_fail"]+int(bad.got.Load()) != requests {
		t.Errorf("%v and %d answers, want no retry and %d in all", got, bad.got.Load(), requests)
	}
	if n := min(got["upstream_cx_connect_fail"], int(bad.got.Load())); n <= inARow {
		t.Errorf("one pod was called %d times only, as if it were left out", n)
	}
}

// TestANewLimitCutsNothing changes the limits while a request and a session of TCP are under way. Both go on, and the new
// limit is in force for what comes.
func TestANewLimitCutsNothing(t *testing.T) {
	release := make(chan struct{})
	p := servingPod(t, holding(release))
	c := newCaller(t, "http", p.ip)
	first := c.sendLater(t)
	until(t, "first request", func() bool { return p.got.Load() == 1 })

	sessions := newCaller(t, "tcp", servingPod(t, answering(http.StatusOK)).ip)
	open := sessions.dial(t)
	ask := func() {
		t.Helper()
		if got, err := open.ask(http.MethodGet, ""); err != nil || got.status != http.StatusOK {
			t.Fatalf("%+v, %v", got, err)
		}
	}
	ask()
	for n := int32(1); n < 20; n++ {
		limits := v1alpha1.Limits{MaxConnections: number(n), MaxRequests: number(n)}
		c.limit(t, limits)
		sessions.limit(t, limits)
		ask()
	}
	c.limit(t, v1alpha1.Limits{MaxRequests: number(1)})
	second := c.sendLater(t)
	until(t, "second request", func() bool { return p.got.Load() == 2 })
	if got := c.send(t, http.MethodPost, "an order"); got.status != http.StatusServiceUnavailable {
		t.Errorf("%+v although a request is under way, want 503", got)
	}
	close(release)
	for _, done := range []<-chan answer{first, second} {
		if got := <-done; got.status != http.StatusOK {
			t.Errorf("%+v, want 200", got)
		}
	}
}
