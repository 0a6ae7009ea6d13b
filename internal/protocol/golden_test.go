package protocol_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/weft-mesh/weft/internal/protocol/agentv1"
	"github.com/weft-mesh/weft/internal/protocol/peerv1"
)

var protocols = []protoreflect.FileDescriptor{agentv1.File_agent_proto, peerv1.File_peer_proto}

// TestReleasedLinesStay: a line may be added, and no line that a release has may go or change. GOLDEN=write writes the
// lists again. It complains of lost lines once more, so that none is lost unseen.
func TestReleasedLinesStay(t *testing.T) {
	for _, file := range protocols {
		name := strings.TrimSuffix(file.Path(), ".proto") + ".txt"
		t.Run(name, func(t *testing.T) { golden(t, filepath.Join("testdata", name), render(file)) })
	}
}

func golden(t *testing.T, path string, got []string) {
	t.Helper()
	write := os.Getenv("GOLDEN") == "write"
	content, err := os.ReadFile(path)
	if err != nil && !write {
		t.Fatal(err)
	}
	want := strings.FieldsFunc(string(content), func(r rune) bool { return r == '\n' })
	lost, added := compare(want, got)
	for _, line := range lost {
		t.Errorf("%s: lost %q. If a release has this line, take the change back and add a field with a new number instead: "+
			"the other side may be of the previous release", path, line)
	}
	if write {
		if err := os.WriteFile(path, []byte(strings.Join(got, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	for _, line := range added {
		t.Errorf("%s: new %q. It may be added: write the list with GOLDEN=write. From its first release on it stays", path, line)
	}
}

// compare says which lines are lost and which are new.
func compare(want, got []string) (lost, added []string) {
	without := func(from, other []string) []string {
		return slices.DeleteFunc(slices.Clone(from), func(line string) bool { return slices.Contains(other, line) })
	}
	return without(want, got), without(got, want)
}

// TestEveryProtocolHasAList finds a protocol that nobody added to the test.
func TestEveryProtocolHasAList(t *testing.T) {
	sources, err := filepath.Glob("*/*.proto")
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range sources {
		if !slices.ContainsFunc(protocols, func(f protoreflect.FileDescriptor) bool { return f.Path() == filepath.Base(source) }) {
			t.Errorf("%s is not in the list of protocols", source)
		}
	}
	lists, err := filepath.Glob("testdata/*")
	if err != nil {
		t.Fatal(err)
	}
	if len(sources) != len(protocols) || len(lists) != len(protocols) {
		t.Errorf("%d sources, %d lists, %d protocols", len(sources), len(lists), len(protocols))
	}
}
