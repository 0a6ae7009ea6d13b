package reviews

import (
	"fmt"
	"math"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
)

const million = 1_000_000

// Fault is what a bad version does wrong. The zero value is a good version.
type Fault struct {
	perMillion int64
	hangs      bool
	cuts       bool
	requests   atomic.Int64
}

// ParseFault reads "", "hang", "reset-body" or "error-rate=0.1".
func ParseFault(text string) (*Fault, error) {
	switch text {
	case "":
		return &Fault{}, nil
	case "hang":
		return &Fault{hangs: true}, nil
	case "reset-body":
		return &Fault{cuts: true}, nil
	}
	share, found := strings.CutPrefix(text, "error-rate=")
	rate, err := strconv.ParseFloat(share, 64)
	if !found || err != nil || !(rate >= 0 && rate <= 1) {
		return nil, fmt.Errorf("fault %q: want hang, reset-body or error-rate=SHARE with a share from 0 to 1", text)
	}
	return &Fault{perMillion: int64(math.Round(rate * million))}, nil
}

// Apply does the wrong thing if it is this request's turn, and says whether the request is thereby finished.
func (f *Fault) Apply(w http.ResponseWriter, r *http.Request) bool {
	if f.hangs {
		<-r.Context().Done()
		return true
	}
	if f.cuts {
		cut(w)
		return true
	}
	if f.fails(f.requests.Add(1)) {
		http.Error(w, "fault: error-rate", http.StatusInternalServerError)
		return true
	}
	return false
}

// fails spreads the failures evenly: of the first n requests exactly the given share has failed, for every n.
func (f *Fault) fails(n int64) bool {
	return n*f.perMillion/million > (n-1)*f.perMillion/million
}

// cut begins a good answer and resets its connection in the middle of the body.
func cut(w http.ResponseWriter) {
	w.Header().Set("Content-Length", "1000")
	w.Write([]byte("half an ans"))
	control := http.NewResponseController(w)
	if control.Flush() != nil {
		panic(http.ErrAbortHandler)
	}
	conn, _, err := control.Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	conn.Close()
}
