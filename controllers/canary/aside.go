package canary

import (
	"sync"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	// callsEach limits how many questions of one kind about one Canary are asked at the same time.
	callsEach = 8
	// patience is how long a question that was answered is left alone. It is a little less than the time after which the
	// core asks again.
	patience = 25 * time.Second
)

// aside keeps in memory what was asked beside the loop: the latest question of each name about a Canary, and its answer.
type aside[A any] struct {
	mu    sync.Mutex
	known map[client.ObjectKey]map[string]*asked[A]
}

// asked is a question, with the answer to the one before until its own has come.
type asked[A any] struct {
	id      string
	running bool
	ended   time.Time
	answer  A
}

// Forget drops all answers.
func (s *aside[A]) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known = nil
}

// Drop forgets one Canary.
func (s *aside[A]) Drop(key client.ObjectKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.known, key)
}

// begin notes a question. It is nil if that is being asked, or was answered a moment ago.
func (s *aside[A]) begin(key client.ObjectKey, name, id string, now time.Time) *asked[A] {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.known[key][name]
	if was != nil && was.id == id && (was.running || now.Sub(was.ended) < patience) {
		return nil
	}
	next := &asked[A]{id: id, running: true}
	if was != nil {
		next.answer = was.answer
	}
	if s.known == nil {
		s.known = map[client.ObjectKey]map[string]*asked[A]{}
	}
	if s.known[key] == nil {
		s.known[key] = map[string]*asked[A]{}
	}
	s.known[key][name] = next
	return next
}

// end lets an answer take the place of the one before.
func (s *aside[A]) end(q *asked[A], now time.Time, answer func(before A) A) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q.running, q.ended, q.answer = false, now, answer(q.answer)
}

// open leaves a question without an answer. It may be asked again at once.
func (s *aside[A]) open(q *asked[A]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q.running, q.ended = false, time.Time{}
}

// each goes through the answers about a Canary to questions that are not being asked, in no order.
func (s *aside[A]) each(key client.ObjectKey, do func(*A)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, q := range s.known[key] {
		if !q.running {
			do(&q.answer)
		}
	}
}
