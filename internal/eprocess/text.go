package eprocess

import (
	"fmt"
	"math"
	"strconv"
)

// Text is the state as decimal numbers that give the same binary64 when Parse reads them.
func (t Test) Text() []string {
	out := make([]string, len(t.setup.ladder()))
	for i := range out {
		out[i] = strconv.FormatFloat(t.logs[i], 'g', -1, 64)
	}
	return out
}

// Parse reads a state that Text wrote. No text is a new test. Errors: another number of factors, or one that is not a
// finite number.
func Parse(s Setup, text []string) (Test, error) {
	t := New(s)
	if len(text) == 0 {
		return t, nil
	}
	if want := len(s.ladder()); len(text) != want {
		return t, fmt.Errorf("read log factors: %d instead of %d", len(text), want)
	}
	for i, word := range text {
		l, err := strconv.ParseFloat(word, 64)
		if err != nil || math.IsNaN(l) || math.IsInf(l, 0) {
			return New(s), fmt.Errorf("read log factor %d: %q is not a finite number", i, word)
		}
		t.logs[i] = l
	}
	return t, nil
}
