package outcome

import (
	"strings"
	"testing"
)

func TestClassOf(t *testing.T) {
	cases := map[string]Class{
		OK: Good, ClientError: Good, "grpc-not-found": Good,
		ServerError: Bad, Timeout: Bad, Refused: Bad, ResetBefore: Bad, ResetDuring: Bad, NoEndpoint: Bad, Overflow: Bad, EndedEmpty: Bad,
		"grpc-unavailable": Bad, "grpc-internal": Bad, "grpc-unknown": Bad, "grpc-data-loss": Bad, "grpc-deadline-exceeded": Bad,
		Abandoned: GaveUp, AbandonedSlow: GaveUp, "grpc-cancelled": GaveUp,
		Denied: Other, Injected: Other, NoRoute: Other, Unknown: Other, "a word of the future": Other, "": Other,
	}
	for word, want := range cases {
		if got := ClassOf(word); got != want {
			t.Errorf("ClassOf(%q) = %v, want %v", word, got, want)
		}
	}
}

func TestEveryStatusHasAClass(t *testing.T) {
	for code := range uint32(len(grpcCodes)) {
		word := GRPC(code)
		if ClassOf(word) == Other {
			t.Errorf("gRPC status %d, word %q, has no class", code, word)
		}
		if code > 0 && !strings.HasPrefix(word, grpcPrefix) {
			t.Errorf("gRPC status %d has the word %q, want one that starts with %q", code, word, grpcPrefix)
		}
	}
	if got := GRPC(99); got != "grpc-unknown" {
		t.Errorf("GRPC(99) = %q, want grpc-unknown", got)
	}
}
