package image

import (
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Libraries returns the shared libraries that an ELF binary needs on this machine, and the interpreter that loads
// them, as Files at the paths where they are found. A static binary needs none. Libraries that the binary opens by
// itself when it runs are not seen. The binary must be trusted: ldd may run it.
func Libraries(binary string) ([]File, error) {
	dynamic, err := interpreted(binary)
	if err != nil || !dynamic {
		return nil, err
	}
	path, err := filepath.Abs(binary)
	if err != nil {
		return nil, err
	}
	ldd := exec.Command("ldd", path)
	// Without LD_PRELOAD and LD_LIBRARY_PATH, which an image would not have either.
	ldd.Env = []string{"LC_ALL=C", "PATH=" + os.Getenv("PATH")}
	out, err := ldd.Output()
	if err != nil {
		return nil, fmt.Errorf("ldd %s: %w", binary, err)
	}
	paths, err := libraryPaths(string(out))
	if err != nil {
		return nil, fmt.Errorf("libraries of %s: %w", binary, err)
	}
	var files []File
	for _, p := range paths {
		files = append(files, File{Path: p, Source: p})
	}
	return files, nil
}

// interpreted tells whether an ELF binary is started by an interpreter, as every dynamically linked program is.
func interpreted(binary string) (bool, error) {
	f, err := elf.Open(binary)
	if err != nil {
		return false, fmt.Errorf("libraries of %s: %w", binary, err)
	}
	defer f.Close()
	return slices.ContainsFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }), nil
}

// libraryPaths reads the output of ldd. Its lines are one of
//
//	libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f0000000000)
//	libgone.so.1 => not found
//	/lib64/ld-linux-x86-64.so.2 (0x00007f0000000000)
//	/lib64/ld-linux-x86-64.so.2 => /usr/lib64/ld-linux-x86-64.so.2 (0x00007f0000000000)
//	linux-vdso.so.1 (0x00007f0000000000)
//
// A name that is a path is used as it is, because the binary asks for it by that path.
func libraryPaths(ldd string) ([]string, error) {
	var paths []string
	for line := range strings.Lines(ldd) {
		name, found, resolved := strings.Cut(strings.TrimSpace(line), " => ")
		name, _, _ = strings.Cut(name, " ")
		found, _, _ = strings.Cut(found, " (")
		switch {
		case filepath.IsAbs(name):
			paths = append(paths, name)
		case filepath.IsAbs(found):
			paths = append(paths, found)
		case resolved:
			return nil, fmt.Errorf("%s: %s", name, found)
		}
	}
	return paths, nil
}
