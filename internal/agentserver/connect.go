package agentserver

import (
	"context"
	"slices"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/weft-mesh/weft/internal/ca"
	"github.com/weft-mesh/weft/internal/protocol/agentv1"
)

const (
	// maxCounters is how many counters of one agent are kept. Requests of further ones count as dropped.
	maxCounters = 10_000
	// maxRoots is how many roots an agent may say that it has.
	maxRoots = 100
)

// Connect keeps what the agent reports, and sends the roots at once and whenever they change.
func (s *Server) Connect(stream agentv1.Agent_ConnectServer) error {
	ctx := stream.Context()
	hello := &agentv1.OperatorHello{Protocol: agentv1.Protocol, Version: s.Version, Replica: s.Replica}
	if err := stream.Send(&agentv1.FromOperator{Body: &agentv1.FromOperator_Hello{Hello: hello}}); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- s.listen(stream) }()
	return s.tell(ctx, stream, ended)
}

func (s *Server) tell(ctx context.Context, stream agentv1.Agent_ConnectServer, ended <-chan error) error {
	var sent *ca.Authority
	for {
		authority, changed := s.Authority.Authority()
		if authority != nil && (sent == nil || !slices.Equal(authority.RootFingerprints(), sent.RootFingerprints())) {
			roots := &agentv1.Roots{RootsDer: authority.RootsDER()}
			if err := stream.Send(&agentv1.FromOperator{Body: &agentv1.FromOperator_Roots{Roots: roots}}); err != nil {
				return err
			}
			sent = authority
		}
		select {
		case <-changed:
		case err := <-ended:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// listen wants the agent's hello first. What it does not know it leaves aside: an agent may be newer.
func (s *Server) listen(stream agentv1.Agent_ConnectServer) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	hello := first.GetHello()
	if err := check(hello); err != nil {
		return err
	}
	c := callerOf(stream.Context())
	report := s.sessions.begin(c.session)
	report(func(v *View) {
		*v = View{Pod: v.Pod, UID: v.UID, Workload: v.Workload, Connected: v.Connected}
	})
	s.Changed()
	s.Log.Info("agent connected", "pod", c.key(), "version", hello.Version, "protocol", hello.Protocol)
	for {
		message, err := stream.Recv()
		if err != nil {
			return err
		}
		s.note(message, report)
	}
}

func check(hello *agentv1.AgentHello) error {
	if hello == nil {
		return status.Error(codes.FailedPrecondition, "the first message must be a hello")
	}
	if hello.Protocol < agentv1.OldestServed {
		return status.Errorf(codes.FailedPrecondition, "the agent speaks protocol %d, but the oldest that this operator serves is %d",
			hello.Protocol, agentv1.OldestServed)
	}
	return nil
}

func (s *Server) note(message *agentv1.FromAgent, report func(func(*View))) {
	switch body := message.Body.(type) {
	case *agentv1.FromAgent_Outcomes:
		kept, dropped := trim(body.Outcomes)
		report(func(v *View) { v.BootID, v.Outcomes, v.Dropped = body.Outcomes.BootId, kept, dropped })
		s.Counted()
	case *agentv1.FromAgent_Secrets:
		roots := body.Secrets.RootFingerprints
		report(func(v *View) {
			v.LeafSerial, v.RootFingerprints = body.Secrets.LeafSerial, roots[:min(len(roots), maxRoots)]
		})
		s.Changed()
	}
}

func trim(o *agentv1.Outcomes) (kept []*agentv1.OutcomeCounter, dropped uint64) {
	kept, dropped = o.Counters, o.Dropped
	if len(kept) > maxCounters {
		for _, c := range kept[maxCounters:] {
			dropped += c.Requests
		}
		kept = kept[:maxCounters]
	}
	return kept, dropped
}
