package operator

import (
	"context"
	"log/slog"
	"net"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/weft-mesh/weft/internal/agent/accesslog"
	"github.com/weft-mesh/weft/internal/agent/secrets"
	"github.com/weft-mesh/weft/internal/protocol/agentv1"
)

// script is an operator that waits for the hello and then says its lines.
type script struct {
	agentv1.UnimplementedAgentServer
	heard chan *agentv1.FromAgent
	lines []*agentv1.FromOperator
}

func (s *script) Connect(stream agentv1.Agent_ConnectServer) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	s.heard <- first
	for _, line := range s.lines {
		if err := stream.Send(line); err != nil {
			return err
		}
	}
	<-stream.Context().Done()
	return nil
}

func (s *script) serve(t *testing.T) agentv1.AgentClient {
	t.Helper()
	wire := bufconn.Listen(1 << 20)
	server := grpc.NewServer()
	agentv1.RegisterAgentServer(server, s)
	served := make(chan error, 1)
	go func() { served <- server.Serve(wire) }()
	conn, err := grpc.NewClient("passthrough:///operator", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return wire.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = conn.Close()
		server.Stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return agentv1.NewAgentClient(conn)
}

// unknown adds a field of a later release.
func unknown[M proto.Message](m M) M {
	field := protowire.AppendTag(nil, 1000, protowire.BytesType)
	m.ProtoReflect().SetUnknown(protowire.AppendString(field, "news"))
	return m
}

// TestOperatorsOfOtherReleases: the agent says its own protocol and does what it understands.
func TestOperatorsOfOtherReleases(t *testing.T) {
	for reason, protocol := range map[string]uint32{
		"an older operator knows less":              agentv1.Protocol - 1,
		"a newer operator says things we pass over": agentv1.Protocol + 1,
	} {
		t.Run(reason, func(t *testing.T) {
			hello := unknown(&agentv1.OperatorHello{Protocol: protocol, Version: "other"})
			drain := unknown(&agentv1.Drain{Reason: "removed"})
			operator := &script{heard: make(chan *agentv1.FromAgent, 1), lines: []*agentv1.FromOperator{
				unknown(&agentv1.FromOperator{Body: &agentv1.FromOperator_Hello{Hello: hello}}),
				unknown(&agentv1.FromOperator{}),
				{Body: &agentv1.FromOperator_Drain{Drain: drain}},
			}}
			drained := make(chan string, 1)
			talk := &Talk{
				Client: operator.serve(t), BootID: "b1", Counters: accesslog.NewCounters("b1"), Store: secrets.NewStore(),
				Drain: func(reason string) { drained <- reason }, Log: slog.New(slog.DiscardHandler),
			}
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- talk.Run(ctx) }()
			select {
			case reason := <-drained:
				if reason != "removed" {
					t.Errorf("drain because of %q", reason)
				}
			case <-time.After(20 * time.Second):
				t.Fatal("never drained")
			}
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
			if got := (<-operator.heard).GetHello(); got.GetProtocol() != agentv1.Protocol || got.GetBootId() != "b1" {
				t.Errorf("hello %v", got)
			}
		})
	}
}
