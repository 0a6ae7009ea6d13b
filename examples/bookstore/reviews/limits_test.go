package reviews

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

// failures of some requests.
func failures(f *Fault, of int) (n int) {
	for range of {
		if f.Apply(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)) {
			n++
		}
	}
	return n
}

func TestAFaultOfOneHost(t *testing.T) {
	for host, want := range map[string]int{"reviews-v2-0": 10, "reviews-v2-1": 0, "reviews-v2-10": 0} {
		fault, err := ParseLimited("error-rate=1,on=-0", host)
		if err != nil {
			t.Fatal(err)
		}
		if got := failures(fault, 10); got != want {
			t.Errorf("on %s %d of 10 failed, want %d", host, got, want)
		}
	}
}

// A leaking version is good for a while, and then goes bad bit by bit.
func TestALeakGrows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fault, err := ParseLimited("error-rate=1,leak=10m", "")
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ least, most int }{{0, 0}, {0, 0}, {350, 650}, {1000, 1000}} { // more than nine sigmas
			if got := failures(fault, 1000); got < c.least || got > c.most {
				t.Errorf("%d of 1000 failed, want %d to %d", got, c.least, c.most)
			}
			time.Sleep(7*time.Minute + 30*time.Second)
		}
	})
}

func TestAnUnknownLimitIsRefused(t *testing.T) {
	for _, text := range []string{"hang,leak", "hang,leak=0s", "hang,on", "hang,error-rate=1", ",", "slow,on=-0"} {
		if _, err := ParseLimited(text, ""); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}
