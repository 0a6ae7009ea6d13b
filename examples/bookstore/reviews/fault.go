package reviews

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const million = 1_000_000

// Fault is what a bad version does wrong. The zero value is a good version.
type Fault struct {
	perMillion int64
	hangs      bool
	cuts       bool
	requests   atomic.Int64

	chance float64       // of an error, for each request on its own
	slow   float64       // chance that a request waits
	wait   time.Duration // before the answer of a slow one
	life   time.Duration // of the process, from its first request; 0: no end
	begin  sync.Once
	exit   func(code int)

	limits limits
}

// ParseFault reads "", "hang", "reset-body", "error-rate=0.1", "error-chance=0.1", "slow=0.1/600ms" or "crash=5s". Errors by
// rate come evenly, errors by chance at random; a crash comes so long after the first request.
func ParseFault(text string) (*Fault, error) {
	switch text {
	case "":
		return &Fault{}, nil
	case "hang":
		return &Fault{hangs: true}, nil
	case "reset-body":
		return &Fault{cuts: true}, nil
	}
	kind, value, _ := strings.Cut(text, "=")
	f, err := &Fault{exit: os.Exit}, error(nil)
	switch kind {
	case "error-rate":
		var rate float64
		rate, err = share(value)
		f.perMillion = int64(math.Round(rate * million))
	case "error-chance":
		f.chance, err = share(value)
	case "slow":
		part, long, _ := strings.Cut(value, "/")
		f.slow, err = share(part)
		if err == nil {
			f.wait, err = duration(long)
		}
	case "crash":
		f.life, err = duration(value)
	default:
		err = errors.New("there is no such kind")
	}
	if err != nil {
		return nil, fmt.Errorf("fault %q: want hang, reset-body, error-rate=SHARE, error-chance=SHARE, slow=SHARE/DURATION or "+
			"crash=DURATION: %w", text, err)
	}
	return f, nil
}

func share(text string) (float64, error) {
	part, err := strconv.ParseFloat(text, 64)
	if err == nil && !(part >= 0 && part <= 1) {
		err = errors.New("a share is from 0 to 1")
	}
	return part, err
}

func duration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err == nil && d <= 0 {
		err = errors.New("a duration is positive")
	}
	return d, err
}

// Apply does the wrong thing if it is this request's turn, and says whether the request is thereby finished.
func (f *Fault) Apply(w http.ResponseWriter, r *http.Request) bool {
	if !f.limits.turn() {
		return false
	}
	if f.hangs {
		<-r.Context().Done()
		return true
	}
	if f.cuts {
		cut(w)
		return true
	}
	if f.life > 0 {
		f.begin.Do(func() { time.AfterFunc(f.life, func() { f.exit(1) }) })
	}
	if rand.Float64() < f.slow {
		time.Sleep(f.wait)
	}
	if f.fails(f.requests.Add(1)) || rand.Float64() < f.chance {
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
