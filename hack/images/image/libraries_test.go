package image

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLibrariesOfRealBinary(t *testing.T) {
	binary := "/bin/ls"
	loader := interpreter(t, binary)
	t.Setenv("LD_PRELOAD", "/no/such/library.so")
	files, err := Libraries(binary)
	if err != nil {
		t.Fatal(err)
	}
	has := func(ok func(File) bool) bool { return slices.ContainsFunc(files, ok) }
	if !has(func(f File) bool { return f.Path == loader && f.Source == loader }) {
		t.Errorf("the loader %s is not in %v", loader, files)
	}
	if !has(func(f File) bool { return strings.HasPrefix(filepath.Base(f.Path), "libc.") }) {
		t.Errorf("the C library is not in %v", files)
	}
	if has(func(f File) bool { return strings.Contains(f.Path, "vdso") || strings.Contains(f.Path, "no/such") }) {
		t.Errorf("a library that the binary does not need is in %v", files)
	}
}

// interpreter is the loader that a binary asks for.
func interpreter(t *testing.T, binary string) string {
	t.Helper()
	f, err := elf.Open(binary)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	section := f.Section(".interp")
	if section == nil {
		t.Fatalf("%s is static", binary)
	}
	data, err := section.Data()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimRight(string(data), "\x00")
}

func TestLibrariesOfStaticBinary(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "static")
	source := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(source, []byte("package main\n\nfunc main() {}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-o", binary, source)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	files, err := Libraries(binary)
	if err != nil || len(files) != 0 {
		t.Errorf("got %v, %v; want no file and no error", files, err)
	}
	if _, err := Libraries(source); err == nil {
		t.Error("no error for a file that is not ELF")
	}
}

func TestLibraryPaths(t *testing.T) {
	cases := map[string]struct {
		ldd   string
		want  []string
		fails bool
	}{
		"glibc": {
			ldd: "\tlinux-vdso.so.1 (0x7f01)\n\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x7f02)\n" +
				"\t/lib64/ld-linux-x86-64.so.2 (0x7f03)\n",
			want: []string{"/lib/x86_64-linux-gnu/libc.so.6", "/lib64/ld-linux-x86-64.so.2"},
		},
		"loader at another place": {
			ldd:  "\t/lib64/ld-linux-x86-64.so.2 => /usr/lib64/ld-linux-x86-64.so.2 (0x7f03)\n",
			want: []string{"/lib64/ld-linux-x86-64.so.2"},
		},
		"missing": {ldd: "\tlibgone.so.1 => not found\n", fails: true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := libraryPaths(c.ldd)
			if diff := cmp.Diff(c.want, got); diff != "" || (err != nil) != c.fails {
				t.Errorf("error %v, paths (-want +got):\n%s", err, diff)
			}
		})
	}
}
