package reading

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// JSON reads the number at a path in a JSON document, such as data.0.errorRate. A number in quotes counts.
func JSON(status int, body []byte, path string) (float64, error) {
	if status < 200 || status > 299 {
		return 0, fmt.Errorf("HTTP %d", status)
	}
	var at any
	if err := json.Unmarshal(body, &at); err != nil {
		return 0, errors.New("the answer is not JSON")
	}
	for _, step := range strings.Split(path, ".") {
		next, found := below(at, step)
		if !found {
			return 0, fmt.Errorf("the answer has nothing at %s", path)
		}
		at = next
	}
	return number(at)
}

func below(at any, step string) (any, bool) {
	switch value := at.(type) {
	case map[string]any:
		next, found := value[step]
		return next, found
	case []any:
		i, err := strconv.Atoi(step)
		if err != nil || i < 0 || i >= len(value) {
			return nil, false
		}
		return value[i], true
	}
	return nil, false
}

func number(of any) (float64, error) {
	var v float64
	switch value := of.(type) {
	case float64:
		v = value
	case string:
		parsed, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return 0, errors.New("the value is not a number")
		}
		v = parsed
	default:
		return 0, errors.New("the value is not a number")
	}
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, errors.New("the value is not a finite number")
	}
	return v, nil
}

// word keeps a text of a foreign answer short and plain: it comes to stand in a status.
func word(s string) string {
	const most = 40
	plain := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' {
			return r
		}
		return -1
	}, s)
	if plain == "" {
		return "unknown"
	}
	return plain[:min(len(plain), most)]
}
