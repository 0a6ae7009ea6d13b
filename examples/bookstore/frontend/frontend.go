// Package frontend is what a user of the bookstore calls. It asks reviews once and retries nothing.
package frontend

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/weft-mesh/weft/examples/bookstore/once"
)

// Page shows one book with what reviews said about it.
type Page struct {
	ID      string          `json:"id"`
	Reviews json.RawMessage `json:"reviews"`
}

type service struct {
	reviews  string
	patience time.Duration
	client   *http.Client
}

// Handler waits for the whole answer of reviews for as long as its patience lasts.
func Handler(reviewsURL string, patience time.Duration) http.Handler {
	s := service{reviewsURL, patience, once.Client(once.Kept())}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /page", s.page)
	mux.HandleFunc("POST /review", s.review)
	return mux
}

func (s service) page(w http.ResponseWriter, r *http.Request) {
	id := r.URL.Query().Get("id")
	answer, ok := s.ask(w, r, "/reviews?id="+url.QueryEscape(id))
	if !ok {
		return
	}
	page, err := json.Marshal(Page{ID: id, Reviews: answer})
	if err != nil {
		fail(w, "reviews malformed", err)
		return
	}
	w.Write(page)
}

func (s service) review(w http.ResponseWriter, r *http.Request) {
	if answer, ok := s.ask(w, r, "/reviews"); ok {
		w.Write(answer)
	}
}

// ask sends the request on to reviews. It takes the whole answer before a byte of it goes to the user, so an answer
// that breaks off becomes an error and not a short page. If it is not ok, the user has been answered.
func (s service) ask(w http.ResponseWriter, r *http.Request, path string) (body []byte, ok bool) {
	ctx, cancel := context.WithTimeout(r.Context(), s.patience)
	defer cancel()
	ask, err := http.NewRequestWithContext(ctx, r.Method, s.reviews+path, r.Body)
	if err != nil {
		fail(w, "frontend", err)
		return nil, false
	}
	ask.ContentLength = r.ContentLength
	answer, err := s.client.Do(ask)
	if err != nil {
		fail(w, "reviews "+once.Reason(err), err)
		return nil, false
	}
	defer answer.Body.Close()
	for _, name := range []string{"x-version", "x-failed-at", "content-type"} {
		if value := answer.Header.Get(name); value != "" {
			w.Header().Set(name, value)
		}
	}
	body, err = io.ReadAll(answer.Body)
	if err != nil {
		fail(w, "reviews "+once.Reason(err), err)
		return nil, false
	}
	if answer.StatusCode != http.StatusOK {
		w.WriteHeader(answer.StatusCode)
		w.Write(body)
		return nil, false
	}
	return body, true
}

func fail(w http.ResponseWriter, where string, err error) {
	w.Header().Set("x-failed-at", where)
	http.Error(w, fmt.Sprintf("call reviews: %v", err), http.StatusBadGateway)
}
