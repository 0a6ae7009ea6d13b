package node

import (
	"encoding/json"
	"net/http"
	"strconv"
	"syscall"
)

// handler takes the orders of the command line. Only root can reach the socket.
func (s *supervisor) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /components", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(s.list())
	})
	mux.HandleFunc("POST /components", func(w http.ResponseWriter, r *http.Request) {
		var c Component
		if err := json.NewDecoder(r.Body).Decode(&c); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		answer(w, s.start(c))
	})
	mux.HandleFunc("POST /components/{name}/restart", func(w http.ResponseWriter, r *http.Request) {
		answer(w, s.restart(r.PathValue("name")))
	})
	mux.HandleFunc("POST /components/{name}/signal/{number}", func(w http.ResponseWriter, r *http.Request) {
		number, err := strconv.Atoi(r.PathValue("number"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		answer(w, s.signal(r.PathValue("name"), syscall.Signal(number)))
	})
	return mux
}

func answer(w http.ResponseWriter, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusConflict)
	}
}
