// Package ratings answers over HTTP with the stars of a book, and echoes messages on a long gRPC stream and on a long
// TCP session.
package ratings

import (
	"encoding/json"
	"hash/fnv"
	"net/http"
)

type Rating struct {
	ID    string `json:"id"`
	Stars int    `json:"stars"`
}

func Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ratings", func(w http.ResponseWriter, r *http.Request) {
		id := r.URL.Query().Get("id")
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(Rating{ID: id, Stars: stars(id)})
	})
	return mux
}

// stars is from 1 to 5 and always the same for one book.
func stars(id string) int {
	sum := fnv.New32a()
	sum.Write([]byte(id))
	return 1 + int(sum.Sum32()%5)
}
