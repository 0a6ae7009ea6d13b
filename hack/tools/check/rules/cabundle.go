package rules

import (
	"fmt"
	"regexp"
	"strings"
)

var (
	caBundleLine = regexp.MustCompile(`^[\s-]*"?caBundle"?\s*:\s*(.*?),?\s*$`)
	manifestDirs = []string{"config", "bundle", "charts"}
)

// CABundle refuses a certificate in a manifest: it is made and set at run time, and a stale one stops admission.
func CABundle(files Files) Result {
	result := Result{Rule: "no rendered caBundle"}
	count := 0
	for _, folder := range manifestDirs {
		for name, text := range files.under(folder) {
			count++
			result.Findings = append(result.Findings, caBundles(name, text)...)
		}
	}
	result.Looked = fmt.Sprintf("%d files in %s", count, strings.Join(manifestDirs, ", "))
	return result
}

func caBundles(name, text string) []Finding {
	var found []Finding
	number := 0
	for line := range strings.Lines(text) {
		number++
		match := caBundleLine.FindStringSubmatch(line)
		if match == nil || match[1] == "" || match[1] == `""` || strings.HasPrefix(match[1], "{{") {
			continue
		}
		found = append(found, Finding{File: name, Line: number, Fix: "remove the value; the operator sets it at run time"})
	}
	return found
}
