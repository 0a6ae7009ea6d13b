package reviews

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// limits say where and when a fault is. They stand behind it: ",on=-0" for hosts whose name ends so, and ",leak=10m" for a
// version that is good so long and goes bad within as long again.
type limits struct {
	elsewhere bool
	leak      time.Duration
	began     time.Time
}

// ParseLimited reads a fault with limits behind it. Host is the name of this host.
func ParseLimited(text, host string) (*Fault, error) {
	text, limits, err := cutLimits(text, host)
	if err != nil {
		return nil, err
	}
	f, err := ParseFault(text)
	if err != nil {
		return nil, err
	}
	f.limits = limits
	return f, nil
}

// cutLimits takes the limits from a fault.
func cutLimits(text, host string) (fault string, l limits, err error) {
	parts := strings.Split(text, ",")
	l.began = time.Now()
	for _, part := range parts[1:] {
		kind, value, _ := strings.Cut(part, "=")
		switch {
		case kind == "on" && value != "":
			l.elsewhere = !strings.HasSuffix(host, value)
		case kind == "leak":
			l.leak, err = duration(value)
		default:
			err = errors.New("there is no such limit")
		}
		if err != nil {
			return "", limits{}, fmt.Errorf("fault %q: want on=END-OF-HOST-NAME or leak=DURATION behind it: %w", text, err)
		}
	}
	return parts[0], l, nil
}

// turn says whether a request may meet the fault. While a leak grows, the chance does.
func (l limits) turn() bool {
	if l.elsewhere {
		return false
	}
	if l.leak == 0 {
		return true
	}
	after := time.Since(l.began) - l.leak
	return after > 0 && rand.Float64() < float64(after)/float64(l.leak)
}
