package envoy

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	discovery "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// outside makes the Service one of an outside host: it has no selector, and somebody has written its address.
func (c *caller) outside(t *testing.T, ip net.IP) {
	t.Helper()
	s := c.world.Services[0]
	s.Spec.Selector = nil
	number := int32(port)
	c.world.Slices = []*discovery.EndpointSlice{{
		ObjectMeta:  metav1.ObjectMeta{Namespace: "shop", Name: "called-1", Labels: map[string]string{discovery.LabelServiceName: "called"}},
		AddressType: discovery.AddressTypeIPv4,
		Ports:       []discovery.EndpointPort{{Name: &s.Spec.Ports[0].Name, Port: &number}},
		Endpoints:   []discovery.Endpoint{{Addresses: []string{ip.String()}}},
	}}
	c.publish(t)
	c.settled(t)
	until(t, "address of the host", func() bool { return c.statistics(t, "membership_total")["membership_total"] == 1 })
}

// TestAnOutsideHostGetsNoMoreThanTheLimit lets one connection to a host outside of the cluster be open, and one request
// wait for it. The third call gets a fast 503, and the host hears of none but the first [B24]. Without the Policy it
// hears of all three.
func TestAnOutsideHostGetsNoMoreThanTheLimit(t *testing.T) {
	for _, limited := range []bool{true, false} {
		release := make(chan struct{})
		host := servingPod(t, holding(release))
		c := newCaller(t, "http")
		c.outside(t, host.ip)
		if limited {
			c.limit(t, v1alpha1.Limits{MaxConnections: number(1), MaxPendingRequests: number(1)})
		}
		all := []<-chan answer{c.sendLater(t)}
		until(t, "first call", func() bool { return host.got.Load() == 1 })
		all = append(all, c.sendLater(t))
		if limited {
			c.reach(t, "upstream_rq_pending_active", 1)
			if got := c.send(t, http.MethodPost, "an order"); got.status != http.StatusServiceUnavailable || !strings.Contains(got.body, "overflow") {
				t.Errorf("the third call: %+v, want 503 with overflow", got)
			}
			if n := c.statistics(t, "upstream_rq_pending_overflow")["upstream_rq_pending_overflow"]; n != 1 {
				t.Errorf("upstream_rq_pending_overflow is %d, want 1", n)
			}
			if n := host.got.Load(); n != 1 {
				t.Errorf("the host has got %d calls, want 1", n)
			}
		} else {
			all = append(all, c.sendLater(t))
			until(t, "all calls at the host", func() bool { return host.got.Load() == 3 })
		}
		close(release)
		for _, done := range all {
			if got := <-done; got.status != http.StatusOK {
				t.Errorf("limited %v: %+v, want 200", limited, got)
			}
		}
	}
}

// TestTLSOfAnOutsideHostPassesThrough: the caller sees the host's own certificate.
func TestTLSOfAnOutsideHostPassesThrough(t *testing.T) {
	ip := vacantIP()
	l, err := net.Listen("tcp", net.JoinHostPort(ip.String(), strconv.Itoa(port)))
	if err != nil {
		t.Fatal(err)
	}
	host := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	host.Listener.Close()
	host.Listener = l
	host.StartTLS()
	t.Cleanup(host.Close)
	c := newCaller(t, "https")
	c.outside(t, ip)
	conn := tls.Client(c.dial(t).Conn, &tls.Config{RootCAs: host.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs, ServerName: "example.com"})
	if err := conn.HandshakeContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := conn.ConnectionState().PeerCertificates[0]; !got.Equal(host.Certificate()) {
		t.Errorf("the certificate is of %v", got.Subject)
	}
}
