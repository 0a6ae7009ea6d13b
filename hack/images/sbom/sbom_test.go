package sbom

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"regexp"
	"runtime/debug"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var tool = &debug.BuildInfo{
	GoVersion: "go1.26.1",
	Path:      "example.com/tool/cmd/tool",
	Main:      debug.Module{Path: "example.com/tool", Version: "v1.0.0"},
	Deps:      []*debug.Module{{Path: "github.com/spf13/cobra", Version: "v1.10.2", Sum: "h1:DMTTonx5m65Ic0GOoRY2c16WCbHxOOw6xxezuLaBpcU="}},
}

func TestMarshal(t *testing.T) {
	got := decode(t, mustMarshal(t, Subject{
		Name: "tool", Program: tool, Created: time.Unix(0, 0),
		Beside: []Component{{Name: "envoy", Version: "1.40.0", SHA256: "00ff", License: "Apache-2.0", Purpose: "APPLICATION"}},
	}))
	want := document{
		Version: "SPDX-2.3", ID: "SPDXRef-DOCUMENT", DataLicense: "CC0-1.0", Name: "tool", Namespace: got.Namespace,
		Creation: creation{Created: "1970-01-01T00:00:00Z", Creators: []string{"Tool: weft-images"}},
		Packages: []spdxPackage{
			{
				ID: "SPDXRef-example.com-2ftool-2fcmd-2ftool-40v1.0.0", Name: "example.com/tool/cmd/tool", Version: "v1.0.0",
				DownloadLocation: "NOASSERTION", Purpose: "APPLICATION",
				ExternalRefs: []externalRef{{"PACKAGE-MANAGER", "purl", "pkg:golang/example.com/tool@v1.0.0#cmd/tool"}},
			},
			{
				ID: "SPDXRef-github.com-2fspf13-2fcobra-40v1.10.2", Name: "github.com/spf13/cobra", Version: "v1.10.2",
				DownloadLocation: "NOASSERTION", Purpose: "LIBRARY",
				Comment:      "go.sum: h1:DMTTonx5m65Ic0GOoRY2c16WCbHxOOw6xxezuLaBpcU=",
				ExternalRefs: []externalRef{{"PACKAGE-MANAGER", "purl", "pkg:golang/github.com/spf13/cobra@v1.10.2"}},
			},
			{
				ID: "SPDXRef-stdlib-401.26.1", Name: "stdlib", Version: "1.26.1",
				DownloadLocation: "NOASSERTION", Purpose: "LIBRARY",
				ExternalRefs: []externalRef{{"PACKAGE-MANAGER", "purl", "pkg:golang/stdlib@1.26.1"}},
			},
			{
				ID: "SPDXRef-envoy-401.40.0", Name: "envoy", Version: "1.40.0",
				DownloadLocation: "NOASSERTION", Purpose: "APPLICATION", LicenseDeclared: "Apache-2.0",
				Checksums: []checksum{{"SHA256", "00ff"}},
			},
		},
		Relationships: []relationship{
			{"SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-example.com-2ftool-2fcmd-2ftool-40v1.0.0"},
			{"SPDXRef-example.com-2ftool-2fcmd-2ftool-40v1.0.0", "DEPENDS_ON", "SPDXRef-github.com-2fspf13-2fcobra-40v1.10.2"},
			{"SPDXRef-example.com-2ftool-2fcmd-2ftool-40v1.0.0", "DEPENDS_ON", "SPDXRef-stdlib-401.26.1"},
			{"SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-envoy-401.40.0"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("document (-want +got):\n%s", diff)
	}
}

// The order of components does not matter, and what changes the content changes the namespace.
func TestNamespaceIsContent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]{1,4}`), 1, 5, rapid.ID).Draw(t, "names")
		s := Subject{Name: "tool", Program: tool}
		for _, name := range names {
			s.Beside = append(s.Beside, Component{Name: name, Purpose: "LIBRARY"})
		}
		first := mustMarshal(t, s)

		order := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 0))
		order.Shuffle(len(s.Beside), func(i, j int) { s.Beside[i], s.Beside[j] = s.Beside[j], s.Beside[i] })
		if !bytes.Equal(first, mustMarshal(t, s)) {
			t.Fatal("another order gives other bytes")
		}

		s.Beside[0].Version = "1"
		if decode(t, first).Namespace == decode(t, mustMarshal(t, s)).Namespace {
			t.Fatal("other content has the same namespace")
		}
	})
}

func TestIdentifiers(t *testing.T) {
	valid := regexp.MustCompile(`^SPDXRef-[a-zA-Z0-9.-]+$`)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-b/+-]{1,4}`)
		a, b := Component{Name: text.Draw(t, "a")}, Component{Name: text.Draw(t, "b")}
		if !valid.MatchString(a.id()) {
			t.Fatalf("%q is no SPDX identifier", a.id())
		}
		if (a.Name == b.Name) != (a.id() == b.id()) {
			t.Fatalf("%q and %q: identifiers %q and %q", a.Name, b.Name, a.id(), b.id())
		}
	})
}

func mustMarshal(t rapid.TB, s Subject) []byte {
	t.Helper()
	text, err := Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func decode(t rapid.TB, text []byte) document {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	var doc document
	if err := d.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	return doc
}
