package reviews

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
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

// TestErrorsByChance: over many requests the share is near, and they do not come evenly.
func TestErrorsByChance(t *testing.T) {
	fault, err := ParseFault("error-chance=0.1")
	if err != nil {
		t.Fatal(err)
	}
	const of = 10_000
	failed, gap, gaps := 0, 0, map[int]bool{}
	for range of {
		gap++
		if fault.Apply(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)) {
			failed++
			gaps[gap] = true
			gap = 0
		}
	}
	if failed < 800 || failed > 1200 { // more than six sigmas
		t.Errorf("%d of %d failed, want about 1000", failed, of)
	}
	if len(gaps) < 10 {
		t.Errorf("only %d different gaps between errors", len(gaps))
	}
}

func TestASlowVersionAnswersLate(t *testing.T) {
	fault, err := ParseFault("slow=1/600ms")
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		finished := fault.Apply(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
		if took := time.Since(begin); finished || took != 600*time.Millisecond {
			t.Errorf("finished=%v after %v, want a good answer to follow after 600ms", finished, took)
		}
	})
}

func TestAVersionCrashesAfterItsFirstRequest(t *testing.T) {
	fault, err := ParseFault("crash=5s")
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		var codes []int
		fault.exit = func(code int) { codes = append(codes, code) }
		time.Sleep(time.Minute)
		for range 2 { // only the first one counts
			if fault.Apply(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)) {
				t.Error("it answered an error")
			}
			time.Sleep(4 * time.Second)
		}
		if len(codes) != 1 || codes[0] == 0 {
			t.Errorf("exits %v, want one with a code that is not 0", codes)
		}
	})
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
	for _, text := range []string{
		"slow", "error-rate", "error-rate=2", "error-rate=NaN", "0.1", "error-rate=0.1/5s", "slow=0.1", "slow=2/5s", "crash", "crash=-1s",
	} {
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
