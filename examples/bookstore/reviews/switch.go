package reviews

import (
	"net/http"
	"sync/atomic"
	"time"
)

// Switch is a fault that another takes the place of while the version runs.
type Switch struct{ fault atomic.Pointer[Fault] }

func NewSwitch(f *Fault) *Switch {
	s := &Switch{}
	s.fault.Store(f)
	return s
}

// Apply is that of the fault.
func (s *Switch) Apply(w http.ResponseWriter, r *http.Request) bool {
	return s.fault.Load().Apply(w, r)
}

// ServeHTTP puts the fault of the query in force, such as ?fault=error-rate=0.5; without one, the version is good. With
// a duration, such as &for=500ms, it is good again after that.
func (s *Switch) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	fault, err := ParseFault(query.Get("fault"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if query.Has("for") {
		d, err := time.ParseDuration(query.Get("for"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		time.AfterFunc(d, func() { s.fault.CompareAndSwap(fault, &Fault{}) })
	}
	s.fault.Store(fault)
}
