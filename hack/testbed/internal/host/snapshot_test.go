package host

import (
	"slices"
	"testing"
)

func TestLeftoversNamesEachNewThing(t *testing.T) {
	before := Snapshot{
		Sysctls: map[string]string{"kernel/panic": "0"},
		Sets:    map[string][]string{"link": {"lo", "eth0"}},
	}
	after := Snapshot{
		Sysctls: map[string]string{"kernel/panic": "10"},
		Sets:    map[string][]string{"link": {"lo", "weft-n1"}, "cgroup": {"/sys/fs/cgroup/cpu/weft-testbed"}},
	}
	want := []string{"cgroup /sys/fs/cgroup/cpu/weft-testbed", "link weft-n1", "sysctl kernel/panic is 10, was 0"}
	if got := Leftovers(before, after); !slices.Equal(got, want) {
		t.Errorf("Leftovers = %q, want %q", got, want)
	}
	if got := Leftovers(before, before); len(got) > 0 {
		t.Errorf("nothing changed, but Leftovers = %q", got)
	}
}

func TestRulesIgnoresCounters(t *testing.T) {
	const first = "# generated at noon\n*filter\n:INPUT ACCEPT [12:340]\n-A INPUT -j DROP\n"
	const later = "# generated at one\n*filter\n:INPUT ACCEPT [99:999]\n-A INPUT -j DROP\n"
	if a, b := rules(first), rules(later); !slices.Equal(a, b) {
		t.Errorf("%q differs from %q", a, b)
	}
	if a, b := rules(first), rules(""); slices.Equal(a, b) {
		t.Error("a rule that was added does not show")
	}
}

func TestTakeSeesAStrayFile(t *testing.T) {
	old := watched
	t.Cleanup(func() { watched = old })
	stray := t.TempDir()
	watched = []string{stray}
	before, err := Take()
	if err != nil {
		t.Fatal(err)
	}
	file := touch(t, stray, "containers")
	after, err := Take()
	if err != nil {
		t.Fatal(err)
	}
	if got := Leftovers(before, after); !slices.Contains(got, "file "+file) {
		t.Errorf("Leftovers = %q, want file %s", got, file)
	}
}
