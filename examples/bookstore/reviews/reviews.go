// Package reviews answers with the reviews of a book and asks ratings for its stars.
package reviews

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/weft-mesh/weft/examples/bookstore/once"
	"github.com/weft-mesh/weft/examples/bookstore/ratings"
)

// Reviews of one book.
type Reviews struct {
	Version string `json:"version"`
	ID      string `json:"id"`
	Text    string `json:"text"`
	Stars   int    `json:"stars"`
}

// Receipt tells the sender of a review what arrived.
type Receipt struct {
	Version string `json:"version"`
	Length  int64  `json:"length"`
	SHA256  string `json:"sha256"`
}

type service struct {
	version string
	ratings string
	fault   Wrong
	client  *http.Client
}

// Wrong is what a version may do to a request in place of its answer.
type Wrong interface {
	// Apply says whether the request is thereby finished.
	Apply(http.ResponseWriter, *http.Request) bool
}

func Handler(version, ratingsURL string, fault Wrong) http.Handler {
	s := service{version, ratingsURL, fault, once.Client(once.Kept())}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /reviews", s.read)
	mux.HandleFunc("POST /reviews", s.write)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("x-version", version)
		mux.ServeHTTP(w, r)
	})
}

func (s service) read(w http.ResponseWriter, r *http.Request) {
	if s.fault.Apply(w, r) {
		return
	}
	id := r.URL.Query().Get("id")
	stars, err := s.stars(r.Context(), id)
	if err != nil {
		w.Header().Set("x-failed-at", "ratings "+once.Reason(err))
		http.Error(w, fmt.Sprintf("call ratings: %v", err), http.StatusBadGateway)
		return
	}
	write(w, Reviews{Version: s.version, ID: id, Text: "A book worth reading twice.", Stars: stars})
}

func (s service) stars(ctx context.Context, id string) (int, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.ratings+"/ratings?id="+url.QueryEscape(id), nil)
	if err != nil {
		return 0, err
	}
	answer, err := s.client.Do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return 0, errors.New(answer.Status)
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, err
	}
	var rating ratings.Rating
	err = json.Unmarshal(body, &rating)
	return rating.Stars, err
}

// write reads the body before a fault applies: the server notices that a caller has given up only after that.
func (s service) write(w http.ResponseWriter, r *http.Request) {
	sum := sha256.New()
	length, err := io.Copy(sum, r.Body)
	if err != nil {
		http.Error(w, fmt.Sprintf("read body: %v", err), http.StatusBadRequest)
		return
	}
	if s.fault.Apply(w, r) {
		return
	}
	write(w, Receipt{Version: s.version, Length: length, SHA256: hex.EncodeToString(sum.Sum(nil))})
}

func write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v)
}
