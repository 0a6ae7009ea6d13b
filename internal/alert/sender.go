package alert

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// Poster calls a receiver. Its errors must not name the URL.
type Poster interface {
	Post(ctx context.Context, to string, body []byte, timeout time.Duration) (status int, err error)
}

const (
	waiting = 100 // messages of one alert that may wait; more are dropped
	timeout = 10 * time.Second
)

// delays are those before a message is tried again.
var delays = []time.Duration{time.Second, 5 * time.Second, 25 * time.Second}

// Results that are counted.
const (
	Sent    = "sent"
	Failed  = "failed"  // after the last try, or because the receiver does not want it
	Dropped = "dropped" // too many wait
)

// Sender sends messages, those of one alert one after the other.
type Sender struct {
	Poster Poster
	// URL reads a key of a Secret in the operator's namespace.
	URL func(ctx context.Context, secret, key string) (string, error)
	// Count is told of each message what became of it.
	Count func(alert, result string)
	Log   *slog.Logger

	mu     sync.Mutex
	queues map[string]*queue
}

// queue has the messages of one alert that wait. Somebody works on it while it is in the map.
type queue struct{ messages []Message }

// Tell sends messages aside and returns at once. What is not sent when the context ends has failed.
func (s *Sender) Tell(ctx context.Context, messages []Message) {
	for _, m := range messages {
		s.put(ctx, m)
	}
}

func (s *Sender) put(ctx context.Context, m Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, at := s.queues[m.Alert]
	switch {
	case !at:
		q = &queue{}
		if s.queues == nil {
			s.queues = map[string]*queue{}
		}
		s.queues[m.Alert] = q
		go s.work(ctx, m.Alert, q)
	case len(q.messages) >= waiting:
		s.Count(m.Alert, Dropped)
		return
	}
	q.messages = append(q.messages, m)
}

func (s *Sender) work(ctx context.Context, alert string, q *queue) {
	for {
		m, more := s.next(alert, q)
		if !more {
			return
		}
		if err := s.send(ctx, m); err != nil {
			s.Count(alert, Failed)
			s.Log.Warn("an alert was not sent", "alert", alert, "why", err)
			continue
		}
		s.Count(alert, Sent)
	}
}

// next takes the first message. With none left the work on the queue ends.
func (s *Sender) next(alert string, q *queue) (Message, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(q.messages) == 0 {
		delete(s.queues, alert)
		return Message{}, false
	}
	m := q.messages[0]
	q.messages = q.messages[1:]
	return m, true
}

// send tries a few times. A receiver that answers with another 4xx than 408 and 429 will not want it later either.
func (s *Sender) send(ctx context.Context, m Message) error {
	for try := 0; ; try++ {
		again, err := s.once(ctx, m)
		if err == nil || !again || try == len(delays) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(delays[try]):
		}
	}
}

func (s *Sender) once(ctx context.Context, m Message) (again bool, err error) {
	url, err := s.URL(ctx, m.Secret, m.Key)
	if err != nil {
		return true, err
	}
	status, err := s.Poster.Post(ctx, strings.TrimSpace(url), m.Body, timeout)
	switch {
	case err != nil:
		return true, err
	case status >= 200 && status < 300:
		return false, nil
	}
	return status >= 500 || status == 408 || status == 429, fmt.Errorf("HTTP %d", status)
}
