package reading

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Prometheus reads the answer of a query of Prometheus's HTTP API, /api/v1/query: a scalar, or a vector of one element.
func Prometheus(status int, body []byte) (float64, error) {
	data, err := query(status, body)
	if err != nil {
		return 0, err
	}
	if data.ResultType == "scalar" {
		var sample []any
		if err := json.Unmarshal(data.Result, &sample); err != nil {
			return 0, errForeign
		}
		return sampled(sample)
	}
	series, err := data.vector()
	switch {
	case err != nil:
		return 0, err
	case len(series) != 1:
		return 0, fmt.Errorf("the query gives %d series instead of one", len(series))
	}
	return sampled(series[0].Value)
}

// ByLabel reads the answer of a query that gives a vector with one series for each value of a label. No series is an empty
// result. A series without the label, or two with the same, are an error.
func ByLabel(status int, body []byte, label string) (map[string]float64, error) {
	data, err := query(status, body)
	if err != nil {
		return nil, err
	}
	series, err := data.vector()
	if err != nil {
		return nil, err
	}
	out := make(map[string]float64, len(series))
	for _, s := range series {
		value, err := sampled(s.Value)
		if err != nil {
			return nil, err
		}
		name := s.Metric[label]
		if _, twice := out[name]; twice || name == "" {
			return nil, fmt.Errorf("the query does not give one series for each %s", label)
		}
		out[name] = value
	}
	return out, nil
}

var errForeign = errors.New("the answer is not one of Prometheus")

// result of a query.
type result struct {
	ResultType string
	Result     json.RawMessage
}

type series struct {
	Metric map[string]string
	Value  []any
}

func query(status int, body []byte) (result, error) {
	var answer struct {
		Status, ErrorType string
		Data              result
	}
	err := json.Unmarshal(body, &answer)
	switch {
	case err == nil && answer.Status == "error":
		return result{}, fmt.Errorf("the query failed: %s", word(answer.ErrorType))
	case status != 200:
		return result{}, fmt.Errorf("HTTP %d", status)
	case err != nil || answer.Status != "success":
		return result{}, errForeign
	}
	return answer.Data, nil
}

func (r result) vector() (out []series, err error) {
	if r.ResultType != "vector" {
		return nil, fmt.Errorf("the query gives a %s instead of a vector", word(r.ResultType))
	}
	if err := json.Unmarshal(r.Result, &out); err != nil {
		return nil, errForeign
	}
	return out, nil
}

// sampled is the value of a time and a value.
func sampled(sample []any) (float64, error) {
	if len(sample) != 2 {
		return 0, errForeign
	}
	return number(sample[1])
}
