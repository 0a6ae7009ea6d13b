package operator

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/weft-mesh/weft/internal/agent/accesslog"
	"github.com/weft-mesh/weft/internal/agent/identity"
	"github.com/weft-mesh/weft/internal/agent/secrets"
	"github.com/weft-mesh/weft/internal/protocol/agentv1"
)

// reportEvery is how often changed counters are sent.
const reportEvery = time.Second

// Talk is the conversation beside ADS: what Envoy acknowledged and counted goes up, roots and drains come down.
type Talk struct {
	Client   agentv1.AgentClient
	Version  string
	BootID   string
	Counters *accesslog.Counters
	Store    *secrets.Store
	Keeper   *Keeper
	Drain    func(reason string)
	Log      *slog.Logger
}

// Run holds the conversation, again and again, until the context ends.
func (t *Talk) Run(ctx context.Context) error {
	for failures := 0; ; failures++ {
		began := time.Now()
		err := t.once(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if time.Since(began) > MostWait {
			failures = 0
		}
		t.Log.Warn("conversation with the operator ended, will begin again", "error", err)
		select {
		case <-time.After(identity.Backoff(failures, FirstWait, MostWait, rand.Float64())):
		case <-ctx.Done():
			return nil
		}
	}
}

func (t *Talk) once(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := t.Client.Connect(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	hello := &agentv1.AgentHello{Protocol: agentv1.Protocol, Version: t.Version, BootId: t.BootID}
	if err := stream.Send(&agentv1.FromAgent{Body: &agentv1.FromAgent_Hello{Hello: hello}}); err != nil {
		return fmt.Errorf("send hello: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- t.listen(stream) }()
	return t.tell(stream, ended)
}

// listen leaves aside what it does not know, and takes an operator of any protocol: it is the operator that refuses.
func (t *Talk) listen(stream agentv1.Agent_ConnectClient) error {
	for {
		message, err := stream.Recv()
		if err != nil {
			return fmt.Errorf("receive: %w", err)
		}
		switch body := message.Body.(type) {
		case *agentv1.FromOperator_Hello:
			t.Log.Info("connected to the operator", "replica", body.Hello.Replica, "version", body.Hello.Version,
				"protocol", body.Hello.Protocol)
		case *agentv1.FromOperator_Roots:
			if err := t.Keeper.SetRoots(body.Roots.RootsDer); err != nil {
				t.Log.Error("roots refused, the present ones stay", "error", err)
			}
		case *agentv1.FromOperator_Drain:
			t.Drain(body.Drain.Reason)
		}
	}
}

// tell sends what Envoy acknowledged at once, and counters each second, both when they changed. The first counters are sent
// in any case: the operator counts from there.
func (t *Talk) tell(stream agentv1.Agent_ConnectClient, ended <-chan error) error {
	ticker := time.NewTicker(reportEvery)
	defer ticker.Stop()
	var reported uint64
	counted, first := false, true
	for {
		state, said := t.Store.State()
		if !first || state.LeafSerial != "" || len(state.RootFingerprints) > 0 {
			if err := stream.Send(&agentv1.FromAgent{Body: &agentv1.FromAgent_Secrets{Secrets: state}}); err != nil {
				return <-ended
			}
		}
		first = false
	waiting:
		for {
			select {
			case <-said:
				break waiting
			case <-ticker.C:
				report, changes := t.Counters.Report()
				if counted && changes == reported {
					continue
				}
				if err := stream.Send(&agentv1.FromAgent{Body: &agentv1.FromAgent_Outcomes{Outcomes: report}}); err != nil {
					return <-ended
				}
				counted, reported = true, changes
			case err := <-ended:
				return err
			}
		}
	}
}
