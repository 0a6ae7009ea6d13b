package inject

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Operation is one operation of a JSON patch (RFC 6902).
type Operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"` // a JSON pointer (RFC 6901)
	Value any    `json:"value,omitempty"`
}

var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")

// pointer joins a JSON pointer and further tokens.
func pointer(base string, tokens ...string) string {
	var b strings.Builder
	b.WriteString(base)
	for _, token := range tokens {
		b.WriteByte('/')
		pointerEscape.WriteString(&b, token)
	}
	return b.String()
}

func add(path string, value any) Operation { return Operation{Op: "add", Path: path, Value: value} }
func replace(path string, value any) Operation {
	return Operation{Op: "replace", Path: path, Value: value}
}
func remove(path string) Operation { return Operation{Op: "remove", Path: path} }

func element(list string, index int) string { return pointer(list, strconv.Itoa(index)) }

// setEntries makes a map of strings hold want. An absent map is added whole, because a patch can't add to nothing.
func setEntries(path string, have, want map[string]string) []Operation {
	if len(have) == 0 {
		return []Operation{add(path, want)}
	}
	var operations []Operation
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if value, found := have[key]; !found || value != want[key] {
			operations = append(operations, add(pointer(path, key), want[key]))
		}
	}
	return operations
}
