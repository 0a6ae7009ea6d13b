package reviews

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
)

func TestTheShareOfErrorsIsExact(t *testing.T) {
	cases := map[string]struct{ of, failed int }{
		"":                {1000, 0},
		"error-rate=0":    {1000, 0},
		"error-rate=0.1":  {1000, 100},
		"error-rate=0.05": {20, 1},
		"error-rate=0.3":  {10, 3},
		"error-rate=1":    {1000, 1000},
	}
	for text, tc := range cases {
		fault, err := ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		failed := 0
		for range tc.of {
			w := httptest.NewRecorder()
			if fault.Apply(w, httptest.NewRequest(http.MethodGet, "/", nil)) && w.Code == http.StatusInternalServerError {
				failed++
			}
		}
		if failed != tc.failed {
			t.Errorf("%q: %d of %d failed, want %d", text, failed, tc.of, tc.failed)
		}
	}
}

func TestAHangingVersionEndsWhenItsCallerGivesUp(t *testing.T) {
	fault, err := ParseFault("hang")
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, giveUp := context.WithCancel(t.Context())
		w, ended := httptest.NewRecorder(), false
		go func() { ended = fault.Apply(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil)) }()
		synctest.Wait()
		if ended {
			t.Error("it answered")
		}
		giveUp()
		synctest.Wait()
		if !ended || w.Body.Len() != 0 {
			t.Errorf("ended=%v with answer %q", ended, w.Body)
		}
	})
}

func TestAnUnknownFaultIsRefused(t *testing.T) {
	for _, text := range []string{"slow", "error-rate", "error-rate=2", "error-rate=NaN", "0.1"} {
		if _, err := ParseFault(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

func TestAnAnswerIsCutInItsBody(t *testing.T) {
	fault, err := ParseFault("reset-body")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fault.Apply(w, r) }))
	defer server.Close()
	answer, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if _, err := io.ReadAll(answer.Body); answer.StatusCode != http.StatusOK || err == nil {
		t.Errorf("status %d and a whole body, want 200 and a body that breaks off", answer.StatusCode)
	}
}
