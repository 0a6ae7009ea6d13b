package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"

	"github.com/weft-mesh/weft/hack/images/image"
	"github.com/weft-mesh/weft/hack/images/sbom"
)

// envoy is what an image with Envoy carries for it: the binary, the libraries that it needs on this machine, and
// their places in the SBOM. The binary is run, to ask for its version.
func envoy(ctx context.Context, binary string) ([]image.File, []sbom.Component, error) {
	binary, err := filepath.Abs(binary) // a bare name would be looked up in PATH
	if err != nil {
		return nil, nil, err
	}
	out, err := exec.CommandContext(ctx, binary, "--version").Output()
	if err != nil {
		return nil, nil, fmt.Errorf("%s --version: %w", binary, err)
	}
	version, err := envoyVersion(string(out))
	if err != nil {
		return nil, nil, err
	}
	libraries, err := image.Libraries(binary)
	if err != nil {
		return nil, nil, err
	}
	sum, err := sha256sum(binary)
	if err != nil {
		return nil, nil, err
	}
	components := []sbom.Component{{
		Name: "envoy", Version: version, SHA256: sum, License: "Apache-2.0", Purpose: "APPLICATION",
		PURL: "pkg:github/envoyproxy/envoy@v" + version,
		CPE:  "cpe:2.3:a:envoyproxy:envoy:" + version + ":*:*:*:*:*:*:*",
	}}
	for _, l := range libraries {
		sum, err := sha256sum(l.Source)
		if err != nil {
			return nil, nil, err
		}
		components = append(components, sbom.Component{Name: path.Base(l.Path), SHA256: sum, Purpose: "LIBRARY"})
	}
	return append(libraries, image.File{Path: "/usr/local/bin/envoy", Source: binary, Mode: 0o755}), components, nil
}

// COMMIT/VERSION/STATE/BUILD/TLS
var versionLine = regexp.MustCompile(`version: [0-9a-f]+/(\d+\.\d+\.\d+[^/]*)/`)

// envoyVersion reads the answer to envoy --version.
func envoyVersion(answer string) (string, error) {
	match := versionLine.FindStringSubmatch(answer)
	if match == nil {
		return "", fmt.Errorf("%q does not tell a version of Envoy", answer)
	}
	return match[1], nil
}

func sha256sum(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", h.Sum(nil)), nil
}
