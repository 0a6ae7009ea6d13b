package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

var errRestarted = errors.New("the load generator has restarted meanwhile, so its counts cannot be compared")

// summary is the part of the load generator's answer that this demo shows.
type summary struct {
	Succeeded int            `json:"succeeded"`
	Failed    int            `json:"failed"`
	Failures  map[string]int `json:"failures"`
	Stream    conversation   `json:"stream"`
	Session   conversation   `json:"session"`
	P99       float64        `json:"p99Milliseconds"`
}

type conversation struct {
	Messages int `json:"messages"`
	Moved    int `json:"moved"`
	Failed   int `json:"failed"`
}

func (s summary) ended() int { return s.Succeeded + s.Failed }

// since is what happened between two readings. The latency is not a count and stays that of the whole load.
func (s summary) since(before summary) (summary, error) {
	if s.ended() < before.ended() {
		return summary{}, errRestarted
	}
	s.Succeeded -= before.Succeeded
	s.Failed -= before.Failed
	s.Stream = s.Stream.since(before.Stream)
	s.Session = s.Session.since(before.Session)
	s.Failures = maps.Clone(s.Failures)
	for reason, n := range before.Failures {
		s.Failures[reason] -= n
	}
	maps.DeleteFunc(s.Failures, func(_ string, n int) bool { return n == 0 })
	return s, nil
}

func (c conversation) since(before conversation) conversation {
	return conversation{c.Messages - before.Messages, c.Moved - before.Moved, c.Failed - before.Failed}
}

func (s summary) String() string {
	return fmt.Sprintf("%d requests, %d failed; stream: %d messages, %d failed; session: %d messages, %d failed; p99 %.1f ms",
		s.ended(), s.Failed, s.Stream.Messages, s.Stream.Failed, s.Session.Messages, s.Session.Failed, s.P99)
}

func (s summary) reasons() []string {
	var lines []string
	for _, reason := range slices.Sorted(maps.Keys(s.Failures)) {
		lines = append(lines, fmt.Sprintf("%d failed: %s", s.Failures[reason], reason))
	}
	return lines
}
