package agentserver

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// One pod may ask for so many certificates: enough for an agent that starts again and again, and too few to use up what
// the others need.
const (
	shareEvery = 5 * time.Second
	shareBurst = 10
)

// shares bound what each pod may ask for.
type shares struct {
	mu    *sync.Mutex
	byPod map[string]*rate.Limiter
}

func newShares() shares { return shares{mu: &sync.Mutex{}, byPod: map[string]*rate.Limiter{}} }

func (s shares) take(uid string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	limiter, found := s.byPod[uid]
	if !found {
		limiter = rate.NewLimiter(rate.Every(shareEvery), shareBurst)
		s.byPod[uid] = limiter
	}
	return limiter.AllowN(now, 1)
}

func (s shares) forget(uid string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byPod, uid)
}
