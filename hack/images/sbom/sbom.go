package sbom

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"slices"
	"time"
)

const documentID = "SPDXRef-DOCUMENT"

// Subject is what a document describes.
type Subject struct {
	Name    string           // of the document: letters, digits and hyphens
	Program *debug.BuildInfo // of the Go program
	Beside  []Component      // other software in the same image
	Created time.Time
}

// Marshal makes the document. It describes the program, which depends on its modules, and what is beside it.
func Marshal(s Subject) ([]byte, error) {
	d := document{
		Version: "SPDX-2.3", ID: documentID, DataLicense: "CC0-1.0", Name: s.Name,
		Creation: creation{Created: s.Created.UTC().Format(time.RFC3339), Creators: []string{"Tool: weft-images"}},
	}
	main := program(s.Program)
	d.add(main, documentID, "DESCRIBES")
	for _, m := range sorted(modules(s.Program)) {
		d.add(m, main.id(), "DEPENDS_ON")
	}
	for _, c := range sorted(s.Beside) {
		d.add(c, documentID, "DESCRIBES")
	}
	content, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	d.Namespace = fmt.Sprintf("https://weft.dev/spdx/%s-%x", s.Name, sha256.Sum256(content))
	text, err := json.MarshalIndent(d, "", "  ")
	return append(text, '\n'), err
}

// add appends a component and its relationship to an element that the document has already.
func (d *document) add(c Component, from, relation string) {
	p := spdxPackage{
		ID: c.id(), Name: c.Name, Version: c.Version, DownloadLocation: "NOASSERTION",
		LicenseDeclared: c.License, Comment: c.Comment, Purpose: c.Purpose,
	}
	if c.SHA256 != "" {
		p.Checksums = []checksum{{Algorithm: "SHA256", Value: c.SHA256}}
	}
	if c.PURL != "" {
		p.ExternalRefs = append(p.ExternalRefs, externalRef{Category: "PACKAGE-MANAGER", Type: "purl", Locator: c.PURL})
	}
	if c.CPE != "" {
		p.ExternalRefs = append(p.ExternalRefs, externalRef{Category: "SECURITY", Type: "cpe23Type", Locator: c.CPE})
	}
	d.Packages = append(d.Packages, p)
	d.Relationships = append(d.Relationships, relationship{From: from, Type: relation, To: p.ID})
}

func sorted(components []Component) []Component {
	return slices.SortedFunc(slices.Values(components), func(a, b Component) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version))
	})
}
