package agentserver_test

import (
	"context"
	"testing"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/weft-mesh/weft/internal/agentserver"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/protocol/agentv1"
)

func hello(boot string) *agentv1.FromAgent {
	return &agentv1.FromAgent{Body: &agentv1.FromAgent_Hello{Hello: &agentv1.AgentHello{Protocol: agentv1.Protocol, BootId: boot}}}
}

func outcomes(boot string, requests uint64) *agentv1.FromAgent {
	counter := &agentv1.OutcomeCounter{Route: "judged/shop/cart", Outcome: "ok", Requests: requests}
	return &agentv1.FromAgent{Body: &agentv1.FromAgent_Outcomes{Outcomes: &agentv1.Outcomes{
		BootId: boot, Counters: []*agentv1.OutcomeCounter{counter}, Dropped: 3,
	}}}
}

// connect begins a conversation and waits for the operator's hello and roots.
func connect(t *testing.T, ctx context.Context, client agentv1.AgentClient, boot string) (agentv1.Agent_ConnectClient, [][]byte) {
	t.Helper()
	stream, err := client.Connect(ctx)
	must(t, err)
	must(t, stream.Send(hello(boot)))
	first, err := stream.Recv()
	must(t, err)
	if first.GetHello().GetReplica() != "weft-operator-0" {
		t.Fatalf("the first message is %v, want a hello", first)
	}
	return stream, roots(t, stream)
}

func roots(t *testing.T, stream agentv1.Agent_ConnectClient) [][]byte {
	t.Helper()
	message, err := stream.Recv()
	must(t, err)
	if message.GetRoots() == nil {
		t.Fatalf("got %v, want roots", message)
	}
	return message.GetRoots().RootsDer
}

func TestConnectKeepsReports(t *testing.T) {
	w := newWorld(t)
	client := agentv1.NewAgentClient(w.dial(t))
	ctx, cancel := context.WithCancel(with(t.Context(), w.token(t, "shop", "cart-1", "u1", "cart")))
	stream, _ := connect(t, ctx, client, "b1")
	must(t, stream.Send(outcomes("b1", 7)))
	must(t, stream.Send(&agentv1.FromAgent{Body: &agentv1.FromAgent_Secrets{Secrets: &agentv1.SecretState{
		LeafSerial: "aa", RootFingerprints: []string{"ff"},
	}}}))
	w.eventually(t, "outcomes and secrets are kept", func() bool {
		v := w.server.Views()
		return len(v) == 1 && v[0].LeafSerial == "aa" && len(v[0].Outcomes) == 1
	})
	got := w.server.Views()[0]
	if got.Outcomes[0].Requests != 7 || got.Dropped != 3 || got.BootID != "b1" || got.Connected.IsZero() ||
		!cmp.Equal(got.RootFingerprints, []string{"ff"}) || got.Pod != (model.Key{Namespace: "shop", Name: "cart-1"}) {
		t.Errorf("view %+v", got)
	}
	cancel()
	w.eventually(t, "the view goes with the last stream", func() bool { return len(w.server.Views()) == 0 })
}

// TestNewerConversationCounts: what an older one says after that is not kept, and its end takes nothing away.
func TestNewerConversationCounts(t *testing.T) {
	w := newWorld(t)
	client := agentv1.NewAgentClient(w.dial(t))
	ctx := with(t.Context(), w.token(t, "shop", "cart-1", "u1", "cart"))
	oldCtx, cancelOld := context.WithCancel(ctx)
	old, _ := connect(t, oldCtx, client, "b1")
	must(t, old.Send(outcomes("b1", 99)))
	<-w.counted
	if v := w.server.Views(); len(v) != 1 || v[0].BootID != "b1" {
		t.Fatalf("the first is not known: %+v", v)
	}
	fresh, _ := connect(t, ctx, client, "b2")
	w.eventually(t, "the second is known", func() bool { return w.server.Views()[0].BootID == "" })
	must(t, old.Send(outcomes("b1", 100)))
	<-w.counted
	if got := w.server.Views()[0]; got.BootID != "" || len(got.Outcomes) != 0 {
		t.Errorf("the older conversation is kept: %+v", got)
	}
	must(t, fresh.Send(outcomes("b2", 1)))
	w.eventually(t, "the second reports", func() bool { return len(w.server.Views()[0].Outcomes) == 1 })
	cancelOld()
	_, _ = old.Recv()
	must(t, fresh.Send(outcomes("b2", 2)))
	w.eventually(t, "it goes on", func() bool { return w.server.Views()[0].Outcomes[0].Requests == 2 })
	if got := w.server.Views(); len(got) != 1 || got[0].BootID != "b2" {
		t.Errorf("views %+v", got)
	}
}

// canary.md 2: a new leader counts from the first counters that it sees. An agent that has only said hello shows none yet: taken
// for counters that stand at 0, all that it has counted before would count again.
func TestHelloIsNoReport(t *testing.T) {
	w := newWorld(t)
	client := agentv1.NewAgentClient(w.dial(t))
	ctx := with(t.Context(), w.token(t, "shop", "cart-1", "u1", "cart"))
	stream, _ := connect(t, ctx, client, "b1")
	w.eventually(t, "the agent is known", func() bool { return len(w.server.Views()) == 1 })
	if got := w.server.Views()[0]; got.BootID != "" {
		t.Errorf("there is a boot before the first counters: %+v", got)
	}
	must(t, stream.Send(outcomes("b1", 500)))
	w.eventually(t, "its counters are known", func() bool { v := w.server.Views()[0]; return v.BootID == "b1" && v.Outcomes[0].Requests == 500 })
}

func TestRootsArePushedWhenTheyChange(t *testing.T) {
	w := newWorld(t)
	ctx := with(t.Context(), w.token(t, "shop", "cart-1", "u1", "cart"))
	stream, before := connect(t, ctx, agentv1.NewAgentClient(w.dial(t)), "b1")
	same, _ := w.live.Authority()
	w.live.Set(same) // nothing new: nothing is sent
	next := newAuthority(t)
	w.live.Set(next)
	after := roots(t, stream)
	if cmp.Equal(before, after) || !cmp.Equal(after, next.RootsDER()) {
		t.Error("the roots that were sent are not the new ones")
	}
}

func TestHelloComesFirst(t *testing.T) {
	w := newWorld(t)
	stream, err := agentv1.NewAgentClient(w.dial(t)).Connect(with(t.Context(), w.token(t, "shop", "cart-1", "u1", "cart")))
	must(t, err)
	must(t, stream.Send(outcomes("b1", 1)))
	for err == nil {
		_, err = stream.Recv()
	}
	if status.Code(err) != codes.FailedPrecondition {
		t.Errorf("got %v", err)
	}
}

func TestStreamsOfADeletedPodEnd(t *testing.T) {
	w := newWorld(t)
	w.pods.set("shop/cart-2", agentserver.Pod{UID: "u2", Account: "cart", Workload: "cart"})
	conn := w.dial(t)
	client := agentv1.NewAgentClient(conn)
	ctx := with(t.Context(), w.token(t, "shop", "cart-1", "u1", "cart"))
	talk, _ := connect(t, ctx, client, "b1")
	ads, err := discovery.NewAggregatedDiscoveryServiceClient(conn).DeltaAggregatedResources(ctx)
	must(t, err)
	whole, err := discovery.NewAggregatedDiscoveryServiceClient(conn).StreamAggregatedResources(ctx)
	must(t, err)
	for range 2 {
		proxy := <-w.proxies
		if proxy.UID != "u1" || proxy.Workload != (model.Key{Namespace: "shop", Name: "cart"}) || proxy.NotAfter.IsZero() {
			t.Errorf("proxy %+v", proxy)
		}
	}
	bystander, _ := connect(t, with(t.Context(), w.token(t, "shop", "cart-2", "u2", "cart")), client, "b1")

	w.server.Recheck("shop", "cart-1") // it still lives
	w.pods.set("shop/cart-1", agentserver.Pod{UID: "u1", Account: "cart", Workload: "cart", Terminating: true})
	w.server.Recheck("shop", "cart-1") // it still drains
	must(t, talk.Send(outcomes("b1", 5)))
	w.eventually(t, "a terminating pod may report", func() bool { v := w.server.Views(); return len(v) == 2 && len(v[0].Outcomes) == 1 })

	w.pods.remove("shop/cart-1")
	w.server.Recheck("shop", "cart-1")
	if _, err := talk.Recv(); status.Code(err) != codes.PermissionDenied {
		t.Errorf("conversation: %v", err)
	}
	if _, err := ads.Recv(); status.Code(err) != codes.PermissionDenied {
		t.Errorf("ADS: %v", err)
	}
	if _, err := whole.Recv(); status.Code(err) != codes.PermissionDenied {
		t.Errorf("ADS, state of the world: %v", err)
	}
	must(t, bystander.Send(outcomes("b1", 9)))
	w.eventually(t, "another pod goes on", func() bool {
		v := w.server.Views()
		return len(v) == 1 && v[0].UID == "u2" && len(v[0].Outcomes) == 1
	})
}

func TestADSWantsAToken(t *testing.T) {
	w := newWorld(t)
	client := discovery.NewAggregatedDiscoveryServiceClient(w.dial(t))
	for reason, c := range map[string]struct {
		ctx  context.Context
		code codes.Code
	}{
		"no token":           {t.Context(), codes.Unauthenticated},
		"uid of another pod": {with(t.Context(), w.token(t, "shop", "cart-1", "u0", "cart")), codes.PermissionDenied},
	} {
		stream, err := client.DeltaAggregatedResources(c.ctx)
		must(t, err)
		if _, err := stream.Recv(); status.Code(err) != c.code {
			t.Errorf("%s: %v", reason, err)
		}
		whole, err := client.StreamAggregatedResources(c.ctx)
		must(t, err)
		if _, err := whole.Recv(); status.Code(err) != c.code {
			t.Errorf("%s, state of the world: %v", reason, err)
		}
	}
	if len(w.proxies) > 0 {
		t.Error("a stream was handed on")
	}
}
