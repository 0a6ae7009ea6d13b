package observe

import (
	"testing"
	"time"
)

func TestSighting(t *testing.T) {
	var s Sighting
	if got := s.Take(); !got.IsZero() {
		t.Errorf("before any event: %s", got)
	}
	first := time.Unix(1000, 0)
	s.Note(first)
	s.Note(first.Add(time.Second))
	if got := s.Take(); !got.Equal(first) {
		t.Errorf("got %s, want that of the first event, %s", got, first)
	}
	if got := s.Take(); !got.IsZero() {
		t.Errorf("taken twice: %s", got)
	}
}
