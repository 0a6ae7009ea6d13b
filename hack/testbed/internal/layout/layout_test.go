package layout

import (
	"os"
	"strings"
	"testing"
)

func TestOpenRefusesWhatNodesHide(t *testing.T) {
	for _, path := range []string{"/run/bed", "/var", "/var/tmp/bed", "/tmp/" + strings.Repeat("x", longest)} {
		if _, err := Open(path); err == nil {
			t.Errorf("Open(%q): no error", path)
		}
	}
	short, err := os.MkdirTemp("", "bed")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(short) })
	if _, err := Open(short); err != nil {
		t.Error(err)
	}
}

func TestOnlyOneCommandAtWork(t *testing.T) {
	dir := Dir(t.TempDir())
	release, err := dir.Acquire()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dir.Acquire(); err == nil || !strings.Contains(err.Error(), "pid") {
		t.Errorf("second Acquire: %v, want an error that names the process", err)
	}
	release()
	if _, err := dir.Acquire(); err != nil {
		t.Errorf("after release: %v", err)
	}
}
