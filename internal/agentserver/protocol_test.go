package agentserver_test

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/weft-mesh/weft/internal/protocol/agentv1"
)

// unknown is a field that a later release has added. It travels with the message that gets it.
func unknown(messages ...proto.Message) {
	field := protowire.AppendTag(nil, 1000, protowire.BytesType)
	for _, m := range messages {
		m.ProtoReflect().SetUnknown(protowire.AppendString(field, "news"))
	}
}

func TestWhichProtocolsAreServed(t *testing.T) {
	for reason, c := range map[string]struct {
		protocol uint32
		refused  string
	}{
		"the operator's own": {protocol: agentv1.Protocol},
		"the oldest served":  {protocol: agentv1.OldestServed},
		"a newer agent":      {protocol: agentv1.Protocol + 1},
		"older than the oldest": {
			protocol: agentv1.OldestServed - 1,
			refused:  fmt.Sprintf("protocol %d, but the oldest that this operator serves is %d", agentv1.OldestServed-1, agentv1.OldestServed),
		},
	} {
		t.Run(reason, func(t *testing.T) {
			w := newWorld(t)
			stream, err := agentv1.NewAgentClient(w.dial(t)).Connect(with(t.Context(), w.token(t, "shop", "cart-1", "u1", "cart")))
			must(t, err)
			first := hello("b1")
			first.GetHello().Protocol = c.protocol
			must(t, stream.Send(first))
			if c.refused == "" {
				must(t, stream.Send(outcomes("b1", 7)))
				w.eventually(t, "the agent is served", func() bool { v := w.server.Views(); return len(v) == 1 && len(v[0].Outcomes) == 1 })
				return
			}
			for err == nil {
				_, err = stream.Recv()
			}
			if status.Code(err) != codes.FailedPrecondition || !strings.Contains(err.Error(), c.refused) {
				t.Errorf("got %v", err)
			}
			if got := w.server.Views(); len(got) != 0 {
				t.Errorf("views %+v", got)
			}
		})
	}
}

// TestNewsOfANewerAgentIsPassedOver: fields that we do not know, and a message that holds nothing else.
func TestNewsOfANewerAgentIsPassedOver(t *testing.T) {
	w := newWorld(t)
	stream, err := agentv1.NewAgentClient(w.dial(t)).Connect(with(t.Context(), w.token(t, "shop", "cart-1", "u1", "cart")))
	must(t, err)
	first, only, counted := hello("b1"), &agentv1.FromAgent{}, outcomes("b1", 7)
	unknown(first, first.GetHello(), only, counted, counted.GetOutcomes(), counted.GetOutcomes().Counters[0])
	for _, message := range []*agentv1.FromAgent{first, only, counted} {
		must(t, stream.Send(message))
	}
	w.eventually(t, "what is known is kept", func() bool {
		v := w.server.Views()
		return len(v) == 1 && v[0].BootID == "b1" && len(v[0].Outcomes) == 1 && v[0].Outcomes[0].Requests == 7
	})
}
