package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// sayer writes what happens, with the time since the beginning.
type sayer struct {
	out   io.Writer
	began time.Time
}

func (s *sayer) line(format string, args ...any) {
	fmt.Fprintf(s.out, "%4.0fs  %s\n", time.Since(s.began).Seconds(), fmt.Sprintf(format, args...))
}

// detail is a line of a program that was started here.
func (s *sayer) detail(text string) {
	if text = strings.TrimSpace(text); text != "" {
		s.line("  %s", text)
	}
}

func (s *sayer) text(format string, args ...any) { fmt.Fprintf(s.out, format, args...) }
