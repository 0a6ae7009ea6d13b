package reading

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Prometheus reads the answer of a query of Prometheus's HTTP API, /api/v1/query: a scalar, or a vector of one element.
func Prometheus(status int, body []byte) (float64, error) {
	var answer struct {
		Status, ErrorType string
		Data              struct {
			ResultType string
			Result     json.RawMessage
		}
	}
	err := json.Unmarshal(body, &answer)
	switch {
	case err == nil && answer.Status == "error":
		return 0, fmt.Errorf("the query failed: %s", word(answer.ErrorType))
	case status != 200:
		return 0, fmt.Errorf("HTTP %d", status)
	case err != nil || answer.Status != "success":
		return 0, errors.New("the answer is not one of Prometheus")
	}
	var sample []any
	switch answer.Data.ResultType {
	case "scalar":
		err = json.Unmarshal(answer.Data.Result, &sample)
	case "vector":
		var series []struct{ Value []any }
		err = json.Unmarshal(answer.Data.Result, &series)
		if err == nil && len(series) != 1 {
			return 0, fmt.Errorf("the query gives %d series instead of one", len(series))
		}
		if err == nil {
			sample = series[0].Value
		}
	default:
		return 0, fmt.Errorf("the query gives a %s instead of a vector", word(answer.Data.ResultType))
	}
	if err != nil || len(sample) != 2 {
		return 0, errors.New("the answer is not one of Prometheus")
	}
	return number(sample[1])
}

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
