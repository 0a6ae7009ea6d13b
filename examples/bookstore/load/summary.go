package load

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Summary is the state of the counts at one moment. What is sent and neither succeeded nor failed is in flight.
type Summary struct {
	Seconds   float64            `json:"seconds"`
	Sent      int                `json:"sent"`
	Fresh     int                `json:"onNewConnection"`
	Posts     int                `json:"withBody"`
	Succeeded int                `json:"succeeded"`
	Failed    int                `json:"failed"`
	Failures  map[string]int     `json:"failures"`
	Versions  map[string]Version `json:"versions"`
	Stream    Conversation       `json:"stream"`
	Session   Conversation       `json:"session"`
	P50       float64            `json:"p50Milliseconds"`
	P99       float64            `json:"p99Milliseconds"`
}

// Version counts the requests answered with one x-version header; "none" stands for no answer. Times are in seconds since
// the load began.
type Version struct {
	Succeeded int     `json:"succeeded"`
	Failed    int     `json:"failed"`
	Slow      int     `json:"slow"`  // of both, those that took too long
	First     float64 `json:"first"` // beginning of the request that began first
	Last      float64 `json:"last"`  // end of the one that ended last
}

// Conversation counts what one long conversation carried. It moves when its server says goodbye; that is no failure.
type Conversation struct {
	Messages int    `json:"messages"`
	Bytes    int    `json:"bytes"`
	Moved    int    `json:"moved"`
	Failed   int    `json:"failed"`
	Failure  string `json:"lastFailure,omitempty"`
}

func (s Summary) Clean() bool { return s.Failed == 0 && s.Stream.Failed == 0 && s.Session.Failed == 0 }

func (s Summary) copy() Summary {
	s.Failures, s.Versions = maps.Clone(s.Failures), maps.Clone(s.Versions)
	return s
}

// Line is one line of progress.
func (s Summary) Line() string {
	return fmt.Sprintf("%4.0fs  sent %d  ok %d  failed %d  p50 %.1fms  p99 %.1fms  stream %d  session %d",
		s.Seconds, s.Sent, s.Succeeded, s.Failed, s.P50, s.P99, s.Stream.Messages, s.Session.Messages)
}

// String is the summary at the end.
func (s Summary) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "requests  %d sent (%d on new connections, %d with a body), %d succeeded, %d failed\n",
		s.Sent, s.Fresh, s.Posts, s.Succeeded, s.Failed)
	for _, reason := range slices.Sorted(maps.Keys(s.Failures)) {
		fmt.Fprintf(&b, "  failed  %d: %s\n", s.Failures[reason], reason)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Versions)) {
		fmt.Fprintf(&b, "  version %s: %d succeeded, %d failed\n", name, s.Versions[name].Succeeded, s.Versions[name].Failed)
	}
	fmt.Fprintf(&b, "latency   p50 %.1f ms, p99 %.1f ms\n", s.P50, s.P99)
	fmt.Fprintf(&b, "stream    %s\n", s.Stream)
	fmt.Fprintf(&b, "session   %s\n", s.Session)
	return b.String()
}

func (c Conversation) String() string {
	text := fmt.Sprintf("%d messages, %d bytes, moved %d times, failed %d times", c.Messages, c.Bytes, c.Moved, c.Failed)
	if c.Failure != "" {
		text += " (last: " + c.Failure + ")"
	}
	return text
}
