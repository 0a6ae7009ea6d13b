package xdsserver

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestTakeOwedFirstThenInTurn(t *testing.T) {
	var d todo
	free := func(string) bool { return false }
	for _, name := range []string{"b", "c", "a"} {
		d.set(name, change)
	}
	d.set("a", owed)
	d.set("b", change) // keeps its turn
	expect(t, d.take(2, free), "a", "b")
	d.set("a", nothing)
	d.set("b", nothing)
	d.set("b", change)
	expect(t, d.take(1, func(name string) bool { return name == "c" }), "b")
	d.set("b", nothing)
	expect(t, d.take(1, free), "c") // it was held up, and kept its turn
}

// Whatever comes and goes, each name is taken once, none is lost, and what has lapsed takes no lasting memory.
func TestTodoLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var d todo
		want := map[string]bool{}
		for range rapid.IntRange(0, 1000).Draw(t, "steps") {
			name := fmt.Sprint(rapid.IntRange(0, 5).Draw(t, "name"))
			as := task(rapid.IntRange(0, int(numTasks)-1).Draw(t, "task"))
			d.set(name, as)
			if want[name] = as == change || as == owed; !want[name] {
				delete(want, name)
			}
		}
		if n := len(d.queues[change]) + len(d.queues[owed]); n > 2*(64+2*6)+2 {
			t.Fatalf("%d tickets for 6 names", n)
		}
		if d.changes() != len(want) {
			t.Fatalf("%d changes, want %d", d.changes(), len(want))
		}
		got := d.take(10, func(string) bool { return false })
		slices.Sort(got)
		if !slices.Equal(got, sortedKeys(want)) {
			t.Fatalf("took %v, want %v", got, sortedKeys(want))
		}
	})
}
