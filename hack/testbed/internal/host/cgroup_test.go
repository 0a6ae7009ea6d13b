package host

import (
	"os"
	"path/filepath"
	"testing"
)

// TestWeigh shows that two nodes of four CPUs get the time of eight, in both versions of cgroups, that more than the
// kernel takes is not written, and that a hierarchy without a controller of CPU is left as it is.
func TestWeigh(t *testing.T) {
	for file, want := range map[string]struct{ few, many string }{"cpu.shares": {"8192", "102400"}, "cpu.weight": {"800", "10000"}} {
		path := filepath.Join(t.TempDir(), file)
		if err := os.WriteFile(path, []byte("1"), 0o600); err != nil {
			t.Fatal(err)
		}
		for cpus, want := range map[int]string{4: want.few, 128: want.many} {
			if err := weigh(filepath.Dir(path), 2, cpus); err != nil {
				t.Fatal(err)
			}
			if got, err := os.ReadFile(path); err != nil || string(got) != want {
				t.Errorf("%s, %d CPUs: want %s, got %q, %v", file, cpus, want, got, err)
			}
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
