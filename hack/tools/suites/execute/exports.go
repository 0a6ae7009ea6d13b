package execute

import (
	"fmt"
	"os"
	"strings"
)

// parseExports reads lines like `export NAME="value"`, in which the value may name variables like $PATH.
func parseExports(text string, lookup func(string) string) ([]string, error) {
	var out []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, ok := strings.Cut(strings.TrimPrefix(line, "export "), "=")
		if !ok || !strings.HasPrefix(line, "export ") {
			return nil, fmt.Errorf("no export line: %q", line)
		}
		if len(value) > 1 && value[0] == '\'' && value[len(value)-1] == '\'' {
			out = append(out, name+"="+value[1:len(value)-1])
			continue
		}
		out = append(out, name+"="+os.Expand(strings.ReplaceAll(value, `"`, ""), lookup))
	}
	return out, nil
}
