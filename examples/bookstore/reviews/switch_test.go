package reviews

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

func TestAVersionGoesBadAndGoodAgain(t *testing.T) {
	good, err := ParseFault("")
	if err != nil {
		t.Fatal(err)
	}
	s := NewSwitch(good)
	for _, step := range []struct {
		query    string
		answered int
		fails    bool
	}{
		{"", http.StatusOK, false},
		{"?fault=error-rate=1", http.StatusOK, true},
		{"?fault=unheard-of", http.StatusBadRequest, true},
		{"?fault=&for=ever", http.StatusBadRequest, true},
		{"?fault=", http.StatusOK, false},
	} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/"+step.query, nil))
		if w.Code != step.answered {
			t.Errorf("%q is answered with %d, want %d", step.query, w.Code, step.answered)
		}
		if fails := s.Apply(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)); fails != step.fails {
			t.Errorf("after %q a request fails: %v, want %v", step.query, fails, step.fails)
		}
	}
}

func TestAVersionIsBadForATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewSwitch(&Fault{})
		fails := func() bool {
			return s.Apply(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
		}
		s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/?fault=error-rate=1&for=500ms", nil))
		if !fails() {
			t.Error("it is good at once")
		}
		time.Sleep(500*time.Millisecond - time.Nanosecond)
		if !fails() {
			t.Error("it is good too early")
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if fails() {
			t.Error("it stays bad")
		}
	})
}
