package ca_test

import (
	"bytes"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/internal/ca"
)

const day = 24 * time.Hour

func next(t interface{ Fatal(...any) }, data map[string][]byte, now time.Time) (map[string][]byte, bool) {
	out, changed, err := ca.Next(data, "mesh.example", day, now)
	if err != nil {
		t.Fatal(err)
	}
	return out, changed
}

func TestNextMakesOnceAndRenewsAtHalfLife(t *testing.T) {
	made, changed := next(t, nil, start)
	if !changed || len(made) != 4 {
		t.Fatalf("changed %t, %d keys; want a root and an intermediate", changed, len(made))
	}
	a, err := ca.Load(made)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := a.RootNotAfter(), start.Add(3650*day); !got.Equal(want) {
		t.Errorf("root ends %s, want %s", got, want)
	}
	if got, want := a.IntermediateNotAfter(), start.Add(365*day); !got.Equal(want) {
		t.Errorf("intermediate ends %s, want %s", got, want)
	}
	again, changed := next(t, made, start.Add(180*day))
	if changed || !cmp.Equal(made, again) {
		t.Error("changed before half life")
	}
	renewed, changed := next(t, made, start.Add(183*day))
	if !changed || bytes.Equal(renewed[ca.IntermediateKey], made[ca.IntermediateKey]) {
		t.Error("no new intermediate at half life")
	}
	if !bytes.Equal(renewed[ca.RootCertificate], made[ca.RootCertificate]) || !bytes.Equal(renewed[ca.RootKey], made[ca.RootKey]) {
		t.Error("the root changed")
	}
	late, changed := next(t, made, start.Add(400*day))
	if !changed {
		t.Error("an intermediate that has ended is not renewed")
	}
	if a, err := ca.Load(late); err != nil || !a.IntermediateNotAfter().Equal(start.Add(765*day)) {
		t.Errorf("late renewal: %v, %v", a, err)
	}
}

// TestNoRenewalWithoutGain: under a root that soon ends a new intermediate would end with it, as the present one does.
func TestNoRenewalWithoutGain(t *testing.T) {
	made, _ := next(t, nil, start)
	end := start.Add(ca.RootLifetime)
	last, changed := next(t, made, end.Add(-30*day))
	if a, err := ca.Load(last); err != nil || !changed || !a.IntermediateNotAfter().Equal(end) {
		t.Fatalf("the last intermediate: changed %t, %v", changed, err)
	}
	if _, changed := next(t, last, end.Add(-day)); changed {
		t.Error("renewed although the new one would not last longer")
	}
}

// TestNextSettles: at any time a second look changes nothing, inputs stay as they are, and the chain holds.
func TestNextSettles(t *testing.T) {
	made, _ := next(t, nil, start)
	rapid.Check(t, func(t *rapid.T) {
		data := maps.Clone(made)
		now := start
		for range rapid.IntRange(1, 4).Draw(t, "looks") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(900*day)).Draw(t, "wait")))
			before := maps.Clone(data)
			after, changed := next(t, data, now)
			if !cmp.Equal(before, data) {
				t.Fatal("the input changed")
			}
			if changed == cmp.Equal(data, after) {
				t.Fatal("changed does not say whether the data differs")
			}
			if _, again := next(t, after, now); again {
				t.Fatal("a second look changes something")
			}
			a, err := ca.Load(after)
			if err != nil {
				t.Fatal(err)
			}
			if !a.IntermediateNotAfter().After(now) || a.IntermediateNotAfter().After(a.RootNotAfter()) {
				t.Fatalf("at %s the intermediate ends at %s, the root at %s", now, a.IntermediateNotAfter(), a.RootNotAfter())
			}
			data = after
		}
	})
}

func TestBrokenSecretIsRefused(t *testing.T) {
	good, _ := next(t, nil, start)
	other, _ := next(t, nil, start)
	cases := []struct {
		reason string
		key    string // that the error must name
		spoil  func(map[string][]byte)
		load   bool // Load refuses it, too
	}{
		{"root key missing", ca.RootKey, func(d map[string][]byte) { delete(d, ca.RootKey) }, false},
		{"root certificate missing", ca.RootCertificate, func(d map[string][]byte) { delete(d, ca.RootCertificate) }, true},
		{"root certificate is text", ca.RootCertificate, func(d map[string][]byte) { d[ca.RootCertificate] = []byte("x") }, true},
		{"root key of another", ca.RootKey, func(d map[string][]byte) { d[ca.RootKey] = other[ca.RootKey] }, false},
		{"intermediate key missing", ca.IntermediateKey, func(d map[string][]byte) { delete(d, ca.IntermediateKey) }, true},
		{"intermediate key of another", ca.IntermediateKey, func(d map[string][]byte) { d[ca.IntermediateKey] = other[ca.IntermediateKey] }, true},
		{"intermediate of another root", ca.IntermediateCertificate, func(d map[string][]byte) {
			d[ca.IntermediateCertificate], d[ca.IntermediateKey] = other[ca.IntermediateCertificate], other[ca.IntermediateKey]
		}, true},
		{"two certificates in one", ca.RootCertificate, func(d map[string][]byte) {
			d[ca.RootCertificate] = append(bytes.Clone(d[ca.RootCertificate]), other[ca.RootCertificate]...)
		}, true},
	}
	for _, c := range cases {
		data := maps.Clone(good)
		c.spoil(data)
		if _, _, err := ca.Next(data, "mesh.example", day, start); err == nil || !strings.Contains(err.Error(), "key "+c.key) {
			t.Errorf("%s: Next: error %v, want one that names %s", c.reason, err, c.key)
		}
		if _, err := ca.Load(data); (err != nil) != c.load || err != nil && !strings.Contains(err.Error(), "key "+c.key) {
			t.Errorf("%s: Load: error %v, want %t", c.reason, err, c.load)
		}
	}
	if _, _, err := ca.Next(good, "other.example", day, start); err == nil || !strings.Contains(err.Error(), "mesh.example") {
		t.Errorf("another trust domain: %v", err)
	}
	if _, _, err := ca.Next(good, "mesh.example", day, start.Add(3651*day)); err == nil || !strings.Contains(err.Error(), ca.RootCertificate) {
		t.Errorf("root has ended: %v", err)
	}
	if _, _, err := ca.Next(nil, "Mesh/x", day, start); err == nil {
		t.Error("a bad trust domain is taken")
	}
}
