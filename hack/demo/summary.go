package main

import (
	"errors"
	"fmt"
	"maps"
)

var errRestarted = errors.New("the load generator has restarted meanwhile, so its counts cannot be compared")

// summary is the part of the load generator's answer that this demo shows.
type summary struct {
	Sent      int                `json:"sent"`
	Succeeded int                `json:"succeeded"`
	Failed    int                `json:"failed"`
	Failures  map[string]int     `json:"failures"`
	Versions  map[string]version `json:"versions"`
	Stream    conversation       `json:"stream"`
	Session   conversation       `json:"session"`
	P99       float64            `json:"p99Milliseconds"`
}

// version counts the requests that one version of reviews has answered; "none" stands for no answer.
type version struct {
	Succeeded int `json:"succeeded"`
	Failed    int `json:"failed"`
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
	s.Sent -= before.Sent
	s.Succeeded -= before.Succeeded
	s.Failed -= before.Failed
	s.Stream = s.Stream.since(before.Stream)
	s.Session = s.Session.since(before.Session)
	s.Failures = difference(s.Failures, before.Failures, func(now, before int) int { return now - before })
	s.Versions = difference(s.Versions, before.Versions, func(now, before version) version {
		return version{now.Succeeded - before.Succeeded, now.Failed - before.Failed}
	})
	return s, nil
}

// difference leaves out what has not changed.
func difference[V comparable](now, before map[string]V, minus func(now, before V) V) map[string]V {
	var zero V
	out := map[string]V{}
	for key, value := range now {
		out[key] = minus(value, before[key])
	}
	maps.DeleteFunc(out, func(_ string, value V) bool { return value == zero })
	return out
}

func (c conversation) since(before conversation) conversation {
	return conversation{c.Messages - before.Messages, c.Moved - before.Moved, c.Failed - before.Failed}
}

func (s summary) String() string {
	return fmt.Sprintf("%d requests, %d failed; stream: %d messages, %d failed; session: %d messages, %d failed",
		s.ended(), s.Failed, s.Stream.Messages, s.Stream.Failed, s.Session.Messages, s.Session.Failed)
}
