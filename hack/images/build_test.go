package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// Two builds of the operator give the same bytes, and its SBOM names what it is linked from.
func TestBuildOperator(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", "0")
	first, second := t.TempDir(), t.TempDir()
	for _, dir := range []string{first, second} {
		if out, err := run("build", "operator", "--out", dir, "--tag", "test"); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	for _, name := range []string{"operator.tar", "operator.spdx.json"} {
		if !bytes.Equal(read(t, filepath.Join(first, name)), read(t, filepath.Join(second, name))) {
			t.Errorf("%s differs between two builds", name)
		}
	}
	if list := read(t, filepath.Join(first, "operator.spdx.json")); !bytes.Contains(list, []byte("pkg:golang/github.com/spf13/cobra@v")) {
		t.Errorf("the SBOM does not name cobra:\n%s", list)
	}
	img, err := tarball.ImageFromPath(filepath.Join(first, "operator.tar"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if config := mustConfig(t, img); config.Config.User != "65532:65532" || config.OS != "linux" {
		t.Errorf("user %q, system %q; want 65532:65532 on linux", config.Config.User, config.OS)
	}
}

func TestRefused(t *testing.T) {
	cases := map[string]struct {
		args []string
		want string
	}{
		"agent without Envoy": {[]string{"build", "agent"}, "--envoy"},
		"all without Envoy":   {[]string{"build"}, "--envoy"},
		"unknown target":      {[]string{"build", "gateway"}, "there are operator and agent"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			out := t.TempDir()
			_, err := run(append(c.args, "--out", out)...)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %v, want one that says %q", err, c.want)
			}
			if left, _ := os.ReadDir(out); len(left) != 0 {
				t.Errorf("files left after a refusal: %v", left)
			}
		})
	}
}

func TestEnvoyVersion(t *testing.T) {
	got, err := envoyVersion("envoy  version: 9e5580933739775e8bce696a57a2e1bc99368f23/1.40.0/Clean/RELEASE/BoringSSL")
	if err != nil || got != "1.40.0" {
		t.Errorf("got %q, %v; want 1.40.0", got, err)
	}
	if _, err := envoyVersion("ls (GNU coreutils) 9.1"); err == nil {
		t.Error("no error for the answer of another program")
	}
}

func run(args ...string) (string, error) {
	var out bytes.Buffer
	c := command()
	c.SetOut(&out)
	c.SetErr(io.Discard)
	c.SetArgs(args)
	err := c.Execute()
	return out.String(), err
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func mustConfig(t *testing.T, img v1.Image) *v1.ConfigFile {
	t.Helper()
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	return config
}
