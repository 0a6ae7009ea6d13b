package frontend_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/weft-mesh/weft/examples/bookstore/frontend"
	"github.com/weft-mesh/weft/examples/bookstore/ratings"
	"github.com/weft-mesh/weft/examples/bookstore/reviews"
)

func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func patient(reviews string) http.Handler { return frontend.Handler(reviews, time.Minute) }

func bookstore(t *testing.T, fault string) string {
	t.Helper()
	f, err := reviews.ParseFault(fault)
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, patient(serve(t, reviews.Handler("v1", serve(t, ratings.Handler()), f))))
}

func answer(t *testing.T, r *http.Response, err error) (*http.Response, []byte) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r, body
}

func TestAPagePassesThroughAllThreeServices(t *testing.T) {
	r, err := http.Get(bookstore(t, "") + "/page?id=42")
	r, body := answer(t, r, err)
	var page frontend.Page
	var got reviews.Reviews
	if err := json.Unmarshal(body, &page); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(page.Reviews, &got); err != nil {
		t.Fatal(err)
	}
	if page.ID != "42" || got.ID != "42" || got.Version != "v1" || got.Stars < 1 || r.Header.Get("x-version") != "v1" {
		t.Errorf("header %v, body %s", r.Header, body)
	}
}

func TestAReviewGetsAReceiptOfItsBytes(t *testing.T) {
	text := strings.Repeat("good ", 1000)
	r, err := http.Post(bookstore(t, "")+"/review", "text/plain", strings.NewReader(text))
	_, body := answer(t, r, err)
	sum := sha256.Sum256([]byte(text))
	var got reviews.Receipt
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	if want := (reviews.Receipt{Version: "v1", Length: 5000, SHA256: hex.EncodeToString(sum[:])}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestAFailureSaysWhereItHappened(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	breaksOff := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, "{")
	})
	good := &reviews.Fault{}
	never, err := reviews.ParseFault("hang")
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		url, at string
		status  int
	}{
		"reviews is gone":     {serve(t, patient(gone.URL)), "reviews refused", 502},
		"reviews breaks off":  {serve(t, patient(serve(t, breaksOff))), "reviews closed", 502},
		"ratings is gone":     {serve(t, patient(serve(t, reviews.Handler("v1", gone.URL, good)))), "ratings refused", 502},
		"reviews hangs":       {serve(t, frontend.Handler(serve(t, reviews.Handler("v1", "", never)), time.Millisecond)), "reviews timeout", 502},
		"reviews has a fault": {bookstore(t, "error-rate=1"), "", 500},
	}
	for name, tc := range cases {
		r, err := http.Get(tc.url + "/page?id=1")
		r, _ = answer(t, r, err)
		if r.StatusCode != tc.status || r.Header.Get("x-failed-at") != tc.at {
			t.Errorf("%s: got %s at %q", name, r.Status, r.Header.Get("x-failed-at"))
		}
	}
}
