package host

import (
	"os"
	"path/filepath"
	"testing"
)

// TestWeigh shows that two nodes of four CPUs get the time of eight, in both versions of cgroups, and that a hierarchy without
// a controller of CPU is left as it is.
func TestWeigh(t *testing.T) {
	for file, want := range map[string]string{"cpu.shares": "8192", "cpu.weight": "800"} {
		dir := t.TempDir()
		path := filepath.Join(dir, file)
		if err := os.WriteFile(path, []byte("1"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := weigh(dir, 2, 4); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%s: want %s, got %q, %v", file, want, got, err)
		}
	}
	dir := t.TempDir()
	if err := weigh(dir, 2, 4); err != nil {
		t.Fatal(err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 0 {
		t.Errorf("%v, %v", files, err)
	}
}
