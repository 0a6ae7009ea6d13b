package xdsserver

import (
	"testing"

	"github.com/weft-mesh/weft/internal/translate/xds"
)

// E13: callers know a new account before they get an endpoint that has it. Variant 1 has one account more than 2 and 4.
func TestEndpointsOfANewAccountWaitForTheirCluster(t *testing.T) {
	s := newSite(t)
	p := shop("c1")
	p.clusters["c1"] = 2
	s.publish(p, 2)
	c := s.dial(t, "a")
	start(c)
	p.clusters["c1"] = 1
	s.publish(p, 1)
	clusters := c.next(xds.ClusterType, "+c1")
	old := c.next(xds.EndpointType, "+c1") // the cluster that warms waits for it, and the one in use gets it too
	if got, want := old.GetResources()[0].GetVersion(), endpointsOf("c1", 2).Version; got != want {
		t.Fatalf("got %s before the cluster knows the account, want %s again", got, want)
	}
	c.ack(old)
	c.quiet()
	c.ack(clusters)
	if got, want := c.next(xds.EndpointType, "+c1").GetResources()[0].GetVersion(), endpointsOf("c1", 1).Version; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
}

// E13: an account that is gone is demanded of its endpoints until they are gone too.
func TestClusterForgetsAnAccountAfterItsEndpoints(t *testing.T) {
	s := newSite(t)
	p := shop("c1")
	s.publish(p, 1)
	c := s.dial(t, "a")
	start(c)
	p.clusters["c1"] = 2
	s.publish(p, 2)
	endpoints := c.next(xds.EndpointType, "+c1")
	c.quiet()
	c.ack(endpoints)
	c.next(xds.ClusterType, "+c1")
	c.next(xds.EndpointType, "+c1")
}

// A client that comes back has endpoints that the server does not know until it is told: they may have any account that
// the client's cluster knows. So the cluster forgets none before they are replaced, or known.
func TestClusterForgetsNoAccountOfEndpointsFromAnEarlierConnection(t *testing.T) {
	had := endpointsOf("c1", 1).Version
	for reason, c := range map[string]struct {
		claims string // version of endpoints
		want   []string
	}{
		"older endpoints": {had, []string{"1 " + xds.EndpointType + "[+c1]"}},
		"the same":        {endpointsOf("c1", 2).Version, []string{"1 " + xds.ClusterType + "[+c1]", "2 " + xds.EndpointType + "[+c1]"}},
	} {
		t.Run(reason, func(t *testing.T) {
			st := newStream()
			st.Update(target{set: shop("c1").set(), endpoints: published(endpointsFor(1, "c1"))})
			claim := subscription(xds.ClusterType)
			claim.InitialResourceVersions = map[string]string{"c1": clusterOf("c1", 1, false).Version}
			expect(t, says(t, st, claim))
			next := shop("c1")
			next.clusters["c1"] = 2
			st.Update(target{set: next.set(), endpoints: published(endpointsFor(2, "c1"))})
			expect(t, briefs(st.Next()))
			claim = subscription(xds.EndpointType, "c1")
			claim.InitialResourceVersions = map[string]string{"c1": c.claims}
			expect(t, says(t, st, claim), c.want...)
			if c.claims == had {
				expect(t, says(t, st, ackOf(xds.EndpointType, "1")), "2 "+xds.ClusterType+"[+c1]", "3 "+xds.EndpointType+"[+c1]")
			}
		})
	}
}

// Where a client refuses the cluster, its endpoints go on all the same: it can never verify those of the new account.
func TestEndpointsGoOnWhenTheirClusterIsRefused(t *testing.T) {
	s := newSite(t)
	p := shop("c1")
	p.clusters["c1"] = 2
	s.publish(p, 2)
	c := s.dial(t, "a")
	start(c)
	p.clusters["c1"] = 1
	s.publish(p, 1)
	clusters := c.next(xds.ClusterType, "+c1")
	c.take(xds.EndpointType, "+c1")
	c.nack(clusters, "no")
	c.take(xds.EndpointType, "+c1")
	c.quiet()
}

// A client that has all it should takes no memory for it.
func TestClientAtRestIsSmall(t *testing.T) {
	p, w := town(3 * window)
	st := newStream()
	st.Update(w.target())
	say, hear := direct(st, st.target)
	follow(p, say, hear)
	for _, k := range st.kinds() {
		if k.departs != nil || len(k.tasks)+len(k.moved)+len(k.queues[change])+len(k.queues[owed]) > 0 {
			t.Errorf("%s: %d entries, %d tasks", short(k.url), len(k.departs), len(k.tasks))
		}
	}
	if st.lacks != nil || st.behind != nil || len(st.waits) > 0 {
		t.Errorf("lacks %v, behind %v, waits %v", st.lacks, st.behind, st.waits)
	}
}
