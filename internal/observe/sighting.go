package observe

import (
	"sync/atomic"
	"time"
)

// Sighting is when the first event came that nobody has looked at yet.
type Sighting struct{ at atomic.Int64 }

// Note says that an event has come.
func (s *Sighting) Note(now time.Time) { s.at.CompareAndSwap(0, now.UnixNano()) }

// Take returns that time, and zero if no event has come since the last Take.
func (s *Sighting) Take() time.Time {
	at := s.at.Swap(0)
	if at == 0 {
		return time.Time{}
	}
	return time.Unix(0, at)
}
