package sbom

import (
	"fmt"
	"net/url"
	"runtime/debug"
	"strings"
)

// Component is one piece of software. All fields but Name and Purpose may be empty.
type Component struct {
	Name    string
	Version string
	PURL    string // package URL
	CPE     string // name in vulnerability databases, CPE 2.3
	SHA256  string // of the file, hexadecimal
	License string // SPDX license expression
	Comment string
	Purpose string // APPLICATION or LIBRARY
}

// program is the Go program itself.
func program(info *debug.BuildInfo) Component {
	c := module(&info.Main)
	c.Name, c.Purpose = info.Path, "APPLICATION"
	if folder, ok := strings.CutPrefix(info.Path, info.Main.Path+"/"); ok {
		c.PURL += "#" + folder
	}
	return c
}

// modules are what the Go program is linked from: the standard library, whose version is the toolchain's, and the
// modules, each as replaced.
func modules(info *debug.BuildInfo) []Component {
	number, _, _ := strings.Cut(strings.TrimPrefix(info.GoVersion, "go"), " ")
	all := []Component{module(&debug.Module{Path: "stdlib", Version: number})}
	for _, m := range info.Deps {
		switch {
		case m.Replace == nil:
			all = append(all, module(m))
		case m.Replace.Version != "":
			all = append(all, module(m.Replace))
		default: // a directory: its content has no version
			all = append(all, module(&debug.Module{Path: m.Path}))
		}
	}
	return all
}

func module(m *debug.Module) Component {
	c := Component{Name: m.Path, Version: m.Version, PURL: golangPURL(m), Purpose: "LIBRARY"}
	if m.Sum != "" {
		c.Comment = "go.sum: " + m.Sum
	}
	return c
}

// golangPURL is the package URL of a Go module: the path in lower case, as the purl specification asks for. A module
// that was built from a working tree has no version that others could look up.
func golangPURL(m *debug.Module) string {
	path := strings.ReplaceAll(url.QueryEscape(strings.ToLower(m.Path)), "%2F", "/")
	if m.Version == "" || m.Version == "(devel)" {
		return "pkg:golang/" + path
	}
	return "pkg:golang/" + path + "@" + url.QueryEscape(m.Version)
}

// id is an SPDX identifier: letters, digits, dots and hyphens. Every other byte becomes a hyphen and its hexadecimal
// code, and so does the hyphen, so that two components never share an identifier.
func (c Component) id() string {
	var b strings.Builder
	for _, char := range []byte(strings.TrimSuffix(c.Name+"@"+c.Version, "@")) {
		switch {
		case 'a' <= char && char <= 'z', 'A' <= char && char <= 'Z', '0' <= char && char <= '9', char == '.':
			b.WriteByte(char)
		default:
			fmt.Fprintf(&b, "-%02x", char)
		}
	}
	return "SPDXRef-" + b.String()
}
