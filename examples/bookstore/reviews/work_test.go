package reviews

import (
	"crypto/sha256"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestTheWorkIsAsLargeAsItSays(t *testing.T) {
	for _, size := range []int{0, 1, 3, 64} {
		if got, want := digest(size), sha256.Sum256(make([]byte, size*kib)); got != want {
			t.Errorf("%d KiB: %x, want %x", size, got, want)
		}
	}
}

func TestWorkChangesNoAnswer(t *testing.T) {
	w := httptest.NewRecorder()
	Work(1, http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Code != http.StatusNotFound {
		t.Errorf("status %d", w.Code)
	}
}
