package observe

import (
	"sync"
	"time"
)

// Sightings are when the first event of each namespace came that nobody has looked at yet.
type Sightings struct {
	mu sync.Mutex
	at map[string]time.Time
}

// Note says that an event of a namespace has come.
func (s *Sightings) Note(namespace string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at == nil {
		s.at = map[string]time.Time{}
	}
	if _, noted := s.at[namespace]; !noted {
		s.at[namespace] = now
	}
}

// Take returns that time, and zero if no event of the namespace has come since the last Take.
func (s *Sightings) Take(namespace string) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.at[namespace]
	delete(s.at, namespace)
	return at
}
