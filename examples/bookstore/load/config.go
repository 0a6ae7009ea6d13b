// Package load sends requests to the bookstore at a fixed rate, keeps one gRPC stream and one TCP session open, checks
// every answer, and counts. It retries nothing, so that each failure a mesh causes is seen.
package load

import (
	"flag"
	"time"
)

type Config struct {
	Target   string        // URL of the frontend
	Stream   string        // address of the gRPC stream; empty: none
	Session  string        // address of the TCP session; empty: none
	Listen   string        // address for /metrics and /summary
	Rate     int           // requests per second
	Max      int           // requests in all; 0: no limit
	Duration time.Duration // 0: no limit
	Timeout  time.Duration // for one answer
	Slow     time.Duration // an answer that takes longer counts as slow; 0: none does
	Pace     time.Duration // between two messages of the stream and of the session
	Report   time.Duration // between two lines of output
}

func (c *Config) Flags(f *flag.FlagSet) {
	f.StringVar(&c.Target, "target", "http://frontend:8080", "URL of the frontend")
	f.StringVar(&c.Stream, "grpc", "ratings:9090", "address for the gRPC stream, empty for none")
	f.StringVar(&c.Session, "tcp", "ratings:9091", "address for the TCP session, empty for none")
	f.StringVar(&c.Listen, "listen", ":8081", "address for /metrics and /summary")
	f.IntVar(&c.Rate, "rate", 200, "requests per second")
	f.IntVar(&c.Max, "max-requests", 0, "stop after this many requests, 0 for no limit")
	f.DurationVar(&c.Duration, "duration", 0, "stop after this time, 0 for no limit")
	f.DurationVar(&c.Timeout, "timeout", time.Second, "give up an answer after this time")
	f.DurationVar(&c.Slow, "slow", 0, "count answers that take longer as slow, 0 for none")
	f.DurationVar(&c.Pace, "pace", 100*time.Millisecond, "time between two messages of the stream and of the session")
	f.DurationVar(&c.Report, "report", 5*time.Second, "time between two lines of output")
}
