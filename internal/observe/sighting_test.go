package observe

import "testing"

func TestSightings(t *testing.T) {
	var s Sightings
	if got := s.Take("a"); !got.IsZero() {
		t.Errorf("before any event: %s", got)
	}
	s.Note("a", start)
	s.Note("a", start.Add(1))
	s.Note("b", start.Add(2))
	if got := s.Take("a"); !got.Equal(start) {
		t.Errorf("got %s, want that of the first event, %s", got, start)
	}
	if got := s.Take("a"); !got.IsZero() {
		t.Errorf("taken twice: %s", got)
	}
	if got := s.Take("b"); !got.Equal(start.Add(2)) {
		t.Errorf("got %s, want that of the other namespace", got)
	}
}
