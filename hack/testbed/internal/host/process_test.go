package host

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/weft-mesh/weft/hack/testbed/internal/layout"
)

func touch(t *testing.T, elem ...string) string {
	t.Helper()
	file := filepath.Join(elem...)
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestKillEndsWhatCarriesTheMark starts one process with the mark and one without; only the first may end.
func TestKillEndsWhatCarriesTheMark(t *testing.T) {
	dir := layout.Dir(t.TempDir())
	marked, unmarked := sleeper(t, dir.Mark()), sleeper(t, "OTHER=1")
	if n, err := Kill(dir); err != nil || n != 1 {
		t.Fatalf("Kill = %d, %v; want 1 process", n, err)
	}
	if err := marked.Wait(); err == nil {
		t.Error("the marked process ended by itself")
	}
	if n, err := Kill(dir); err != nil || n != 0 {
		t.Errorf("second Kill = %d, %v; want none", n, err)
	}
	if err := unmarked.Process.Signal(os.Kill); err != nil {
		t.Errorf("the process without a mark is gone: %v", err)
	}
}

// sleeper is a shell that has said that it runs.
func sleeper(t *testing.T, env string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("sh", "-c", "echo up; read line")
	cmd.Env = []string{env, "PATH=" + os.Getenv("PATH")}
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	return cmd
}
