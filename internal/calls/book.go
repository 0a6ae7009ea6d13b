package calls

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/weft-mesh/weft/internal/model"
)

const (
	// keep is how long a call is kept that no live proxy makes any more.
	keep = 30 * 24 * time.Hour
	// largest is how many bytes of text a namespace may take. Of an object the API server takes a MiB.
	largest = 800_000
)

// Book holds the calls of one namespace: for each workload by its name, each Service that it has called, and when that was
// seen last, in days since 1970.
type Book map[string]map[model.Key]int

const day = 24 * time.Hour

// Decode reads a text. Each line is a workload, the Service that it has called and a date: cart shop/reviews 2026-01-31.
func Decode(text string) Book {
	book := Book{}
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) != 3 {
			continue
		}
		namespace, name, is := strings.Cut(words[1], "/")
		seen, err := time.Parse(time.DateOnly, words[2])
		if is && err == nil && namespace != "" && name != "" {
			book.note(words[0], model.Key{Namespace: namespace, Name: name}, int(seen.Unix()/int64(day/time.Second)))
		}
	}
	return book
}

func (b Book) note(workload string, service model.Key, seen int) {
	if b[workload] == nil {
		b[workload] = map[model.Key]int{}
	}
	b[workload][service] = max(b[workload][service], seen)
}

// Encode writes the text. Equal books give equal texts.
func (b Book) Encode() string {
	var out strings.Builder
	for _, c := range b.list() {
		out.WriteString(c.line())
	}
	return out.String()
}

// Calls are the Services that each workload has called, sorted.
func (b Book) Calls() map[string][]model.Key {
	out := make(map[string][]model.Key, len(b))
	for workload, services := range b {
		out[workload] = slices.SortedFunc(maps.Keys(services), model.Key.Compare)
	}
	return out
}

// Learn is the book after the calls that live proxies report now. The book itself stays as it is.
func (b Book) Learn(reported map[string][]model.Key, now time.Time) Book {
	today := int(now.Unix() / int64(day/time.Second))
	out := Book{}
	for workload, services := range b {
		for service, seen := range services {
			if today-seen <= int(keep/day) {
				out.note(workload, service, min(seen, today))
			}
		}
	}
	for workload, services := range reported {
		for _, service := range services {
			out.note(workload, service, today)
		}
	}
	out.shrink()
	return out
}

// shrink leaves out the oldest calls until the text is small enough.
func (b Book) shrink() {
	all, size := b.list(), 0
	for _, c := range all {
		size += len(c.line())
	}
	if size <= largest {
		return
	}
	slices.SortStableFunc(all, func(a, b call) int { return cmp.Compare(a.seen, b.seen) })
	for _, c := range all {
		if size <= largest {
			return
		}
		size -= len(c.line())
		if delete(b[c.workload], c.service); len(b[c.workload]) == 0 {
			delete(b, c.workload)
		}
	}
}

type call struct {
	workload string
	service  model.Key
	seen     int
}

func (c call) line() string {
	return fmt.Sprintf("%s %s %s\n", c.workload, c.service, time.Unix(0, 0).UTC().AddDate(0, 0, c.seen).Format(time.DateOnly))
}

// list is sorted by workload and Service.
func (b Book) list() []call {
	var out []call
	for _, workload := range slices.Sorted(maps.Keys(b)) {
		for _, service := range slices.SortedFunc(maps.Keys(b[workload]), model.Key.Compare) {
			out = append(out, call{workload, service, b[workload][service]})
		}
	}
	return out
}
