package firstcall

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/translate/xds"
	"github.com/weft-mesh/weft/internal/xdsserver"
)

// calls are one of each kind, to a Service with all of them.
var calls = map[string]func(dial dialer, ip string) error{
	"HTTP with a body": func(dial dialer, ip string) error { return post(dial, "http://"+ip+":80/") },
	"gRPC":             func(dial dialer, ip string) error { return check(dial, ip+":81") },
	"TCP, server first": func(dial dialer, ip string) error {
		s, err := open(dial, ip+":82")
		if err != nil {
			return err
		}
		defer s.Close()
		return s.echo()
	},
}

// TestFirstCall has the caller call a Service out of its scope: the call works as later ones do, with mutual TLS and the
// rules of the called workload.
func TestFirstCall(t *testing.T) {
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, cluster(t, "caller"))
			if s.knows(t, "warehouse/web/80") {
				t.Fatal("the Service is known before the first call")
			}
			for _, when := range []string{"first", "second"} {
				if err := call(s.dial, webIP.String()); err != nil {
					t.Errorf("the %s call: %v", when, err)
				}
			}
			if !s.knows(t, "warehouse/web/80") || !s.knows(t, xds.FirstName(webIP)) {
				t.Error("the caller's Envoy has not learned about the Service")
			}
			if s.knows(t, "warehouse/bulk/80") {
				t.Error("it has learned about another one, too")
			}
		})
	}
}

// TestManyFirstCalls opens connections of all kinds to two Services at once.
func TestManyFirstCalls(t *testing.T) {
	s := newScene(t, cluster(t, ""))
	var all sync.WaitGroup
	failed := make(chan error, 1000)
	for range 10 {
		for name, call := range calls {
			for _, ip := range []string{webIP.String(), bulkIP.String()} {
				all.Go(func() {
					if err := call(s.dial, ip); err != nil {
						failed <- errors.New(name + ": " + err.Error())
					}
				})
			}
		}
	}
	all.Wait()
	close(failed)
	for err := range failed {
		t.Error(err)
	}
}

// TestFirstCallOfOneWhoMayNot is refused as a later one is.
func TestFirstCallOfOneWhoMayNot(t *testing.T) {
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, cluster(t, "somebody-else"))
			for _, when := range []string{"first", "second"} {
				err := call(s.dial, webIP.String())
				if err == nil {
					t.Errorf("the %s call works", when)
				} else if strings.HasPrefix(name, "HTTP") && !strings.Contains(err.Error(), "403") {
					t.Errorf("the %s call: %v, want it refused by the rules", when, err)
				}
			}
		})
	}
}

// TestCallsToOthers pass as they are: to a Service that is not in the mesh, to an address in its midst that no Service has,
// and to a port that a Service of the mesh does not have.
func TestCallsToOthers(t *testing.T) {
	s := newScene(t, cluster(t, ""))
	greet(t, listen(t, s.outside, "0.0.0.0:7777"))
	for address, asked := range map[string]bool{plainIP.String(): false, unknownIP.String(): true, webIP.String(): true} {
		for _, when := range []string{"first", "second"} {
			conn, err := open(s.dial, address+":7777")
			if err == nil {
				err = conn.echo()
				conn.Close()
			}
			if err != nil {
				t.Errorf("the %s call to %s: %v", when, address, err)
			}
		}
		if got := s.knows(t, xds.FirstPrefix+address); got != asked {
			t.Errorf("%s was asked for: %v, want %v", address, got, asked)
		}
	}
}

// TestFirstCallTakesTheRule shows what the redirection is for: without it the connection of a first call leaves the pod as
// it is, and nobody is there.
func TestFirstCallTakesTheRule(t *testing.T) {
	snapshot := cluster(t, "")
	s := newSceneWith(t, snapshot, false, func(s *scene) xdsserver.World { return worldOf(t, &s.builder, snapshot) })
	if err := post(s.dial, "http://"+webIP.String()+":80/"); err == nil {
		t.Error("a first call works without the rule")
	}
	if err := post(s.dial, "http://"+stockIP.String()+":8080/"); err == nil {
		t.Error("the called workload takes a call without an identity")
	}
}

// TestOpenConnectionsStay when Services come and go out of the scope, and when the proxy's scope becomes narrower than the
// whole mesh.
func TestOpenConnectionsStay(t *testing.T) {
	snapshot := cluster(t, "")
	s := newSceneWith(t, snapshot, true, func(s *scene) xdsserver.World {
		m := model.Build(snapshot)
		return xdsserver.World{
			Sets: s.builder.Build(m), Directory: xds.NewDirectory(m), Endpoints: s.builder.Endpoints(model.BuildEndpoints(snapshot, m)),
		}
	})
	greet(t, listen(t, s.outside, "0.0.0.0:7777"))
	sessions := map[string]*session{}
	begin := func(name, address string) {
		t.Helper()
		open, err := open(s.dial, address)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		t.Cleanup(func() { _ = open.Close() })
		sessions[name] = open
	}
	change := func(what string) {
		t.Helper()
		s.server.Publish(worldOf(t, &s.builder, snapshot))
		s.settled(t)
		until(t, "end of draining", func() bool {
			return s.statistic(t, "listener_manager.total_filter_chains_draining") == "0" && s.statistic(t, "listener_manager.total_listeners_draining") == "0"
		})
		for name, session := range sessions {
			if err := session.echo(); err != nil {
				t.Errorf("after %s: %s: %v", what, name, err)
			}
		}
	}
	begin("a far host", farIP.String()+":7777")
	begin("a Service that is not in the mesh", plainIP.String()+":7777")
	begin("a Service of the mesh", webIP.String()+":82")
	change("a narrower scope")
	begin("a Service that is not in the mesh, again", plainIP.String()+":7777")
	begin("an address that was asked for", unknownIP.String()+":7777")
	for i, address := range []string{"10.96.3.1", "10.96.0.36", "10.96.9.9"} {
		other := snapshot.Services[0].DeepCopy()
		other.Name, other.Spec.ClusterIP = fmt.Sprintf("other-%d", i), address
		if i == 1 {
			other.Namespace = "legacy"
		}
		snapshot.Services = append(snapshot.Services, other)
		change("the Service at " + address)
	}
	if s.statistic(t, "listener_manager.listener_in_place_updated") == "0" {
		t.Error("the catcher has not changed, so the test shows nothing")
	}
	if err := post(s.dial, "http://10.96.9.9:80/"); err != nil {
		t.Errorf("a first call to the last Service: %v", err)
	}
}

// TestTheOperatorIsAway: what is known goes on, a first call fails after a while, and works when the operator is back. The
// proxy has lost nothing by then, though its scope is narrower than what it has.
func TestTheOperatorIsAway(t *testing.T) {
	s := newScene(t, cluster(t, ""))
	known, err := open(s.dial, webIP.String()+":82")
	if err != nil {
		t.Fatal(err)
	}
	defer known.Close()
	s.away[caller]()
	if err := post(s.dial, "http://"+webIP.String()+":80/"); err != nil {
		t.Errorf("a call to what is known: %v", err)
	}
	if err := post(s.dial, "http://"+bulkIP.String()+":80/"); err == nil {
		t.Error("a first call works without the operator")
	}
	s.back[caller]()
	s.settled(t)
	if err := known.echo(); err != nil {
		t.Errorf("an open connection: %v", err)
	}
	for what, ip := range map[string]string{"a later call": webIP.String(), "a first call": bulkIP.String()} {
		if err := post(s.dial, "http://"+ip+":80/"); err != nil {
			t.Errorf("%s when the operator is back: %v", what, err)
		}
	}
	if !s.knows(t, "warehouse/web/80") {
		t.Error("the proxy has lost a Service that it had called")
	}
}

// TestAFirstCallWaits for an operator that comes back in time.
func TestAFirstCallWaits(t *testing.T) {
	s := newScene(t, cluster(t, ""))
	s.away[caller]()
	said := make(chan error, 1)
	go func() { said <- post(s.dial, "http://"+webIP.String()+":80/") }()
	until(t, "waiting call", func() bool { return s.statistic(t, "tcp.outbound/first.downstream_cx_total") == "1" })
	s.back[caller]()
	if err := <-said; err != nil {
		t.Errorf("a first call while the operator comes back: %v", err)
	}
}
