package rules

import (
	"fmt"
	"path"
	"regexp"
	"strings"
)

// homes are folders that exist only on one machine. The text is put together here so that the rule does not find itself.
var homes = regexp.MustCompile(`(^|[^\w./~-])/(` + strings.Join([]string{"home", "root", "work", "Users"}, "|") + `)/[\w.]`)

// registries serve packages. Which one is used is a matter of the reader's environment.
var registries = []string{
	"proxy." + "golang.org",
	"sum." + "golang.org",
	"pypi." + "org",
	"files." + "pythonhosted.org",
	"registry." + "npmjs.org",
	"deb." + "debian.org",
}

// Hosts refuses the paths of a build machine and the names of package registries.
func Hosts(files Files) Result {
	result := Result{Rule: "no host paths or registries"}
	count := 0
	for name, text := range files.under(".") {
		if path.Base(name) == "go.sum" {
			continue
		}
		count++
		result.Findings = append(result.Findings, hosts(name, text)...)
	}
	result.Looked = fmt.Sprintf("%d files", count)
	return result
}

func hosts(name, text string) []Finding {
	var found []Finding
	number := 0
	for line := range strings.Lines(text) {
		number++
		if homes.MatchString(line) {
			found = append(found, Finding{File: name, Line: number, Fix: "write a relative path, or ~ for the home folder"})
		}
		for _, host := range registries {
			if strings.Contains(line, host) {
				found = append(found, Finding{File: name, Line: number, Fix: "do not name " + host + "; say what it serves"})
			}
		}
	}
	return found
}
