package certificate

import (
	"crypto/x509"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var (
	start    = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	services = []string{"weft-webhook.weft-system.svc"}
)

// world is an installation: what is stored, what the API server trusts, and what each replica serves.
type world struct {
	now      time.Time
	stored   map[string][]byte
	trusted  []byte // by the API server
	stale    []byte // by another API server, one step behind
	replicas [2]Server
}

func (w *world) step(t fataler, dnsNames []string) {
	next, bundle, err := Next(w.stored, dnsNames, w.now, w.servedByAll())
	if err != nil {
		t.Fatal(err)
	}
	w.stale, w.trusted, w.stored = w.trusted, bundle, next
}

func (w *world) servedByAll() bool {
	for n := range w.replicas {
		if w.replicas[n].Serving() != Fingerprint(w.stored) {
			return false
		}
	}
	return true
}

// mustVerify opens a connection from each API server to each replica.
func (w *world) mustVerify(t fataler) {
	t.Helper()
	for n := range w.replicas {
		c, err := w.replicas[n].GetCertificate(nil)
		if err != nil {
			continue
		}
		for _, bundle := range [][]byte{w.trusted, w.stale} {
			// A replica that never hears of a new leaf is at fault itself when its own expires.
			at := w.now
			if expired(c.Leaf, at) && w.replicas[n].Serving() != Fingerprint(w.stored) {
				at = c.Leaf.NotAfter.Add(-time.Second)
			}
			if err := verify(c.Leaf, bundle, at); err != nil {
				t.Fatalf("at %s replica %d is refused: %v", w.now, n, err)
			}
		}
	}
}

func verify(leaf *x509.Certificate, bundle []byte, now time.Time) error {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(bundle)
	_, err := leaf.Verify(x509.VerifyOptions{DNSName: services[0], Roots: roots, CurrentTime: now})
	return err
}

// Around the end of a CA, with replicas that lag as they like, no API server refuses a replica at any moment: neither
// one that has the newest set of CAs, nor one that still has the set before.
func TestNoMomentWithoutTrust(t *testing.T) {
	day := int64(24 * time.Hour)
	rapid.Check(t, func(t *rapid.T) {
		w := &world{now: start}
		w.step(t, services)
		w.now = w.now.Add(CALifetime - caEarly - time.Duration(rapid.Int64Range(0, 10*day).Draw(t, "before the end")))
		w.step(t, services)
		w.step(t, services)
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			longest := rapid.SampledFrom([]int64{int64(Margin), day, 3 * day}).Draw(t, "pace")
			w.now = w.now.Add(time.Duration(rapid.Int64Range(1, longest).Draw(t, "pause")))
			w.step(t, services)
			w.mustVerify(t)
			for n := range w.replicas {
				if rapid.IntRange(0, 9).Draw(t, "lag") > n {
					if err := w.replicas[n].SetSecret(w.stored); err != nil {
						t.Fatal(err)
					}
				}
			}
			w.mustVerify(t)
		}
	})
}

// The property above must be able to fail: a leader that does not wait is caught.
func TestImpatientLeaderIsCaught(t *testing.T) {
	w := steady(t)
	w.now = w.now.Add(CALifetime - caEarly)
	s := parse(w.stored)
	if err := s.addCA(w.now); err != nil {
		t.Fatal(err)
	}
	if err := s.issueLeaf(services, w.now); err != nil {
		t.Fatal(err)
	}
	if verify(s.leaf.certificate, w.trusted, w.now) == nil {
		t.Fatal("a leaf of an unknown CA was accepted")
	}
}

func TestRotationStepByStep(t *testing.T) {
	w := steady(t)
	first := Fingerprint(w.stored)

	w.now = w.now.Add(CALifetime - caEarly - time.Second)
	w.mustHave(t, 1)
	leaf := Fingerprint(w.stored)
	if leaf == first {
		t.Fatal("the leaf was not renewed in eight months")
	}
	w.follow(t)
	w.now = w.now.Add(time.Second)
	w.mustHave(t, 2)
	w.now = w.now.Add(Margin - time.Second)
	w.mustHave(t, 2)
	if Fingerprint(w.stored) != leaf {
		t.Fatal("the new CA signed before API servers had time to see it")
	}
	w.now = w.now.Add(time.Second)
	w.mustHave(t, 2)
	if Fingerprint(w.stored) == leaf {
		t.Fatal("the new CA did not sign")
	}
	w.now = w.now.Add(24 * time.Hour)
	w.mustHave(t, 2) // no replica serves it yet
	w.follow(t)
	w.mustHave(t, 1)
	if err := verify(parse(w.stored).leaf.certificate, w.trusted, w.now); err != nil {
		t.Fatal(err)
	}
}

func TestNothingToDoChangesNothing(t *testing.T) {
	w := steady(t)
	before := maps.Clone(w.stored)
	w.step(t, services)
	if !maps.EqualFunc(before, w.stored, slices.Equal) {
		t.Fatal("the Secret changed for nothing")
	}
}

// After a long sleep, or a change of the Service's name, one call is enough to serve again.
func TestRepairsAtOnce(t *testing.T) {
	for name, breakIt := range map[string]func(*world){
		"nothing there":   func(w *world) { w.stored = nil },
		"leaf expired":    func(w *world) { w.now = w.now.Add(LeafLifetime) },
		"all expired":     func(w *world) { w.now = w.now.Add(CALifetime) },
		"set lost":        func(w *world) { delete(w.stored, keyCAs) },
		"leaf's key lost": func(w *world) { w.stored[keyLeafKey] = w.stored[keyCAKey] },
		"name changed":    func(w *world) { w.stored = otherName(w.now) },
	} {
		t.Run(name, func(t *testing.T) {
			w := steady(t)
			breakIt(w)
			w.step(t, services)
			if err := verify(parse(w.stored).leaf.certificate, w.trusted, w.now); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// The key of the CA is only needed to sign. Losing it must not touch a leaf that is good.
func TestLostCAKeyKeepsTheLeaf(t *testing.T) {
	w := steady(t)
	leaf := Fingerprint(w.stored)
	delete(w.stored, keyCAKey)
	w.mustHave(t, 2)
	if Fingerprint(w.stored) != leaf {
		t.Fatal("the leaf changed")
	}
}

func TestNeedsName(t *testing.T) {
	if _, _, err := Next(nil, nil, start, true); err == nil {
		t.Fatal("a certificate for nobody")
	}
}

// FuzzNext gives Next a Secret that somebody has edited. It comes out usable.
func FuzzNext(f *testing.F) {
	w := &world{now: start}
	w.step(f, services)
	f.Add(w.stored[keyCAs], w.stored[keyCAKey], w.stored[keyLeaf], w.stored[keyLeafKey])
	f.Add(w.stored[keyCAs], w.stored[keyLeafKey], w.stored[keyLeaf], w.stored[keyCAKey])
	f.Add([]byte("-----BEGIN CERTIFICATE-----"), []byte{}, w.stored[keyCAs], w.stored[keyCAKey])
	f.Fuzz(func(t *testing.T, cas, caKey, leaf, leafKey []byte) {
		next, bundle, err := Next(map[string][]byte{keyCAs: cas, keyCAKey: caKey, keyLeaf: leaf, keyLeafKey: leafKey}, services, start, true)
		if err != nil {
			t.Fatal(err)
		}
		if err := verify(parse(next).leaf.certificate, bundle, start); err != nil {
			t.Fatal(err)
		}
	})
}

type fataler interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// steady is an installation in which nothing is under way.
func steady(t *testing.T) *world {
	w := &world{now: start}
	w.step(t, services)
	w.follow(t)
	w.mustHave(t, 1)
	return w
}

// follow lets every replica serve what is stored.
func (w *world) follow(t *testing.T) {
	t.Helper()
	for n := range w.replicas {
		if err := w.replicas[n].SetSecret(w.stored); err != nil {
			t.Fatal(err)
		}
	}
}

// mustHave takes a step and wants so many CAs after it.
func (w *world) mustHave(t *testing.T, cas int) {
	t.Helper()
	w.step(t, services)
	if got := len(certificates(w.trusted)); got != cas {
		t.Fatalf("%d CAs, want %d", got, cas)
	}
}

func otherName(now time.Time) map[string][]byte {
	data, _, _ := Next(nil, []string{"other.weft-system.svc"}, now, false)
	return data
}

func (w *world) clock() time.Time { return w.now }
