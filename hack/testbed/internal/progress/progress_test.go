package progress

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestWaitEndsWithTheFirstSuccess(t *testing.T) {
	calls := 0
	err := Wait(t.Context(), "the third call", time.Minute, func() error {
		if calls++; calls < 3 {
			return errors.New("too early")
		}
		return nil
	})
	if err != nil || calls != 3 {
		t.Errorf("%d calls, %v", calls, err)
	}
}

func TestWaitSaysWhyItGaveUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	reason := errors.New("no lease yet")
	err := Wait(ctx, "a lease", time.Hour, func() error { cancel(); return reason })
	if !errors.Is(err, reason) || !strings.Contains(err.Error(), "a lease") {
		t.Errorf("got %v, want it to name what it waited for and why it was not there", err)
	}
}
