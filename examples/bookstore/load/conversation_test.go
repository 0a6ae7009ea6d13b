package load

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weft-mesh/weft/examples/bookstore/talk"
)

// scripted answers each message by the next step of its script, and ends the test when the script is over.
type scripted struct {
	steps  []func(message string) (string, error)
	opened int
	end    context.CancelFunc
}

func (s *scripted) open(context.Context) (line, error) {
	s.opened++
	return s, nil
}

func (s *scripted) Say(message string) (string, error) {
	next := s.steps[0]
	s.steps = s.steps[1:]
	if len(s.steps) == 0 {
		s.end()
	}
	return next(message)
}

func (s *scripted) Close() {}

func TestAConversationChecksEachEcho(t *testing.T) {
	same := func(m string) (string, error) { return talk.Echo(m, false), nil }
	goodbye := func(m string) (string, error) { return talk.Echo(m, true), nil }
	lost := func(string) (string, error) { return "", errors.New("lost") }
	early := func(string) (string, error) { return talk.Message(0), nil }
	size := len(talk.Message(0))
	cases := map[string]struct {
		steps  []func(string) (string, error)
		want   Conversation
		opened int
	}{
		"all is well":            {steps(same, same, same), Conversation{Messages: 3, Bytes: 3 * size}, 1},
		"the server leaves":      {steps(same, goodbye, same), Conversation{Messages: 3, Bytes: 3 * size, Moved: 1}, 2},
		"the connection is lost": {steps(same, lost, same), Conversation{Messages: 2, Bytes: 2 * size, Failed: 1, Failure: "other"}, 2},
		"an echo comes twice":    {steps(same, early, same), Conversation{Messages: 2, Bytes: 2 * size, Failed: 1, Failure: string(wrongEcho)}, 2},
	}
	for name, tc := range cases {
		synctest.Test(t, func(t *testing.T) {
			ctx, end := context.WithCancel(t.Context())
			s := &scripted{steps: tc.steps, end: end}
			var got Conversation
			count := func(change func(*Conversation)) { change(&got) }
			conversation{s.open, time.Second, count}.run(ctx)
			if got != tc.want || s.opened != tc.opened {
				t.Errorf("%s: got %+v on %d lines, want %+v on %d", name, got, s.opened, tc.want, tc.opened)
			}
		})
	}
}

func steps(s ...func(string) (string, error)) []func(string) (string, error) { return s }
