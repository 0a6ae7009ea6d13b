package rollout

import "testing"

func TestBad(t *testing.T) {
	for _, c := range []struct {
		word    string
		want    bool
		because string
	}{
		{"5xx", true, "a fault of the server"},
		{"grpc-internal", true, "a fault of the server in a trailer"},
		{"abandoned-1s", true, "the caller waited for a second"},
		{"no-endpoint", true, "there was no pod"},
		{"ok", false, "served"},
		{"4xx", false, "the caller's fault"},
		{"abandoned", false, "the caller did not wait a second"},
	} {
		if got := Bad(c.word); got != c.want {
			t.Errorf("%s is bad: %v, but %s", c.word, got, c.because)
		}
	}
}
