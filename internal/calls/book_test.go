package calls

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/internal/model"
)

var now = time.Date(2026, 3, 31, 23, 59, 0, 0, time.UTC)

func drawBook(t *rapid.T) Book {
	return Decode(strings.Join(rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
		return fmt.Sprintf("%s %s/%s %s", rapid.SampledFrom([]string{"cart", "web@robot"}).Draw(t, "workload"),
			rapid.SampledFrom([]string{"shop", "bank"}).Draw(t, "namespace"), rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "service"),
			now.AddDate(0, 0, -rapid.IntRange(-1, 40).Draw(t, "days ago")).Format(time.DateOnly))
	}), 0, 8).Draw(t, "lines"), "\n"))
}

func TestWhatIsStoredIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		book := drawBook(t)
		if diff := cmp.Diff(book, Decode(book.Encode())); diff != "" {
			t.Fatalf("(-stored +read):\n%s", diff)
		}
	})
}

// A call is there at once, stays for a month after it was seen last, and goes then. Learning twice is learning once.
func TestLearn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		book, reported := drawBook(t), drawBook(t).Calls()
		before := book.Encode()
		got := book.Learn(reported, now)
		if book.Encode() != before {
			t.Fatal("the book itself has changed")
		}
		today := int(now.Unix() / 86400)
		want := Book{}
		for _, c := range book.list() {
			if c.seen >= today-30 {
				want.note(c.workload, c.service, min(c.seen, today))
			}
		}
		for workload, services := range reported {
			for _, s := range services {
				want.note(workload, s, today)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
		if again := got.Learn(reported, now); again.Encode() != got.Encode() {
			t.Fatal("the same report changes it again")
		}
	})
}

func TestLinesThatCannotBeReadAreLeftOut(t *testing.T) {
	text := "cart shop/a 2026-03-01\n\ncart shop 2026-03-01\ncart shop/b yesterday\ncart /b 2026-03-01\none two three four\ncart shop/c 2026-03-02\n"
	want := map[string][]model.Key{"cart": {{Namespace: "shop", Name: "a"}, {Namespace: "shop", Name: "c"}}}
	if diff := cmp.Diff(want, Decode(text).Calls()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A workload that calls everything must not make the object too large for the API server: the oldest calls go.
func TestTextNeverGetsTooLarge(t *testing.T) {
	book := Book{}
	for i := range 30_000 {
		book.note("scraper", model.Key{Namespace: "namespace", Name: fmt.Sprintf("service-%d", i)}, int(now.Unix()/86400)-1-i%2)
	}
	newest := model.Key{Namespace: "zoo", Name: "newest"}
	got := book.Learn(map[string][]model.Key{"cart": {newest}}, now)
	if size := len(got.Encode()); size > largest || size < largest/2 {
		t.Errorf("%d bytes, want up to %d", size, largest)
	}
	if _, is := got["cart"][newest]; !is {
		t.Error("the newest call is left out")
	}
	newer := 0
	for _, c := range got.list() {
		if c.seen == int(now.Unix()/86400)-1 {
			newer++
		}
	}
	if newer != 15_000 || len(got.list()) == 30_001 {
		t.Errorf("%d newer calls of 15000 are kept, %d in all: the older ones go first", newer, len(got.list()))
	}
}
