package report

import (
	"regexp"
	"strings"
)

const tailLines = 200

// Tail keeps the last lines written to it.
type Tail struct {
	lines   []string
	partial string
}

func (t *Tail) Write(data []byte) (int, error) {
	parts := strings.Split(t.partial+string(data), "\n")
	last := len(parts) - 1
	t.partial = parts[last]
	t.lines = append(t.lines, parts[:last]...)
	if extra := len(t.lines) - tailLines; extra > 0 {
		t.lines = append([]string(nil), t.lines[extra:]...)
	}
	return len(data), nil
}

func (t *Tail) String() string {
	lines := t.lines
	if t.partial != "" {
		lines = append(lines[:len(lines):len(lines)], t.partial)
	}
	if extra := len(lines) - tailLines; extra > 0 {
		lines = lines[extra:]
	}
	return strings.Join(lines, "\n") + "\n"
}

var colors = regexp.MustCompile("\x1b\\[[0-9;]*[A-Za-z]")

// Anonymous removes what belongs to the machine: the paths of the repository and the home folder, and colors.
func Anonymous(output, root, home string) string {
	output = colors.ReplaceAllString(output, "")
	output = replacePath(output, root, ".")
	return replacePath(output, home, "~")
}

// replacePath leaves longer names alone: with a home of /ro, the path /root stays.
func replacePath(text, path, with string) string {
	if path == "" || path == "/" {
		return text
	}
	return regexp.MustCompile(regexp.QuoteMeta(path)+`($|[^\w.-])`).ReplaceAllString(text, with+"$1")
}
