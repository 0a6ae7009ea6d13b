package probe

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestCallsKeepTheirRateWhileAnswersAreLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		var calls atomic.Int64
		late := func(ctx context.Context) string { calls.Add(1); <-ctx.Done(); return "late" }
		var out bytes.Buffer
		if err := Run(ctx, Config{Rate: 10, Timeout: 30 * time.Second, Report: time.Minute}, late, &out); err != nil {
			t.Fatal(err)
		}
		if n := calls.Load(); n < 99 || n > 100 {
			t.Errorf("%d calls in 10 s, want 10 a second", n)
		}
	})
}

func TestARateOfNothingIsRefused(t *testing.T) {
	if err := Run(t.Context(), Config{}, nil, nil); err == nil {
		t.Error("it was taken")
	}
}

func TestAReviewTellsHowItsAnswerEnded(t *testing.T) {
	cases := map[string]struct {
		want    string
		handler http.HandlerFunc
	}{
		"good": {"200", func(http.ResponseWriter, *http.Request) {}},
		"bad":  {"500", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }},
		"cut": {"cut-closed", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "10")
			w.Write([]byte("half"))
		}},
	}
	for name, tc := range cases {
		server := httptest.NewServer(tc.handler)
		if got := Review(server.URL)(t.Context()); got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
		server.Close()
	}
}
