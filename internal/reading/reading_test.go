package reading

import (
	"maps"
	"strings"
	"testing"
)

// TestPrometheus has each answer that is a number, and each way not to have one [D24].
func TestPrometheus(t *testing.T) {
	vector := func(results string) string {
		return `{"status":"success","data":{"resultType":"vector","result":[` + results + `]}}`
	}
	one := func(value string) string { return `{"metric":{"pod":"a"},"value":[1435781451.781,"` + value + `"]}` }
	for name, c := range map[string]struct {
		status  int
		body    string
		want    float64
		problem string
	}{
		"a vector of one":     {200, vector(one("0.25")), 0.25, ""},
		"a scalar":            {200, `{"status":"success","data":{"resultType":"scalar","result":[1435781451.781,"7"]}}`, 7, ""},
		"with a warning":      {200, `{"status":"success","warnings":["slow"],"data":{"resultType":"vector","result":[` + one("1e3") + `]}}`, 1000, ""},
		"no series":           {200, vector(""), 0, "0 series"},
		"two series":          {200, vector(one("1") + "," + one("2")), 0, "2 series"},
		"NaN":                 {200, vector(one("NaN")), 0, "finite"},
		"infinite":            {200, vector(one("+Inf")), 0, "finite"},
		"a matrix":            {200, `{"status":"success","data":{"resultType":"matrix","result":[]}}`, 0, "a matrix"},
		"a faulty query":      {400, `{"status":"error","errorType":"bad_data","error":"parse error"}`, 0, "bad_data"},
		"down":                {503, "no upstream", 0, "HTTP 503"},
		"a page of something": {200, "<html>", 0, "not one of Prometheus"},
		"JSON of something":   {200, `{"value":1}`, 0, "not one of Prometheus"},
		"a sample without":    {200, `{"status":"success","data":{"resultType":"scalar","result":[1]}}`, 0, "not one of Prometheus"},
	} {
		got, err := Prometheus(c.status, []byte(c.body))
		check(t, name, got, err, c.want, c.problem)
	}
}

func TestByLabel(t *testing.T) {
	one := func(labels, value string) string { return `{"metric":{` + labels + `},"value":[1,"` + value + `"]}` }
	for name, c := range map[string]struct {
		series  string
		want    map[string]float64
		problem string
	}{
		"two pods":       {one(`"pod":"a"`, "1") + "," + one(`"pod":"b","code":"500"`, "2"), map[string]float64{"a": 1, "b": 2}, ""},
		"none":           {"", map[string]float64{}, ""},
		"without a pod":  {one(`"code":"500"`, "1"), nil, "one series for each pod"},
		"one pod twice":  {one(`"pod":"a"`, "1") + "," + one(`"pod":"a"`, "1"), nil, "one series for each pod"},
		"not a number":   {one(`"pod":"a"`, "NaN"), nil, "finite"},
		"half an answer": {`{"metric":{"pod":"a"},"value":[1]}`, nil, "not one of Prometheus"},
	} {
		got, err := ByLabel(200, []byte(`{"status":"success","data":{"resultType":"vector","result":[`+c.series+`]}}`), "pod")
		if !maps.Equal(got, c.want) || (err == nil) != (c.problem == "") || err != nil && !strings.Contains(err.Error(), c.problem) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestJSON(t *testing.T) {
	for name, c := range map[string]struct {
		status     int
		body, path string
		want       float64
		problem    string
	}{
		"a number":              {200, `{"data":{"rate":0.5}}`, "data.rate", 0.5, ""},
		"in a list, in quotes":  {201, `{"data":[{"rate":"2"}]}`, "data.0.rate", 2, ""},
		"another path":          {200, `{"data":{}}`, "data.rate", 0, "nothing at data.rate"},
		"beyond the list":       {200, `[1]`, "1", 0, "nothing at 1"},
		"null":                  {200, `{"rate":null}`, "rate", 0, "not a number"},
		"true":                  {200, `{"rate":true}`, "rate", 0, "not a number"},
		"NaN in quotes":         {200, `{"rate":"NaN"}`, "rate", 0, "finite"},
		"not JSON":              {200, `rate 1`, "rate", 0, "not JSON"},
		"an error with a value": {500, `{"rate":1}`, "rate", 0, "HTTP 500"},
	} {
		got, err := JSON(c.status, []byte(c.body), c.path)
		check(t, name, got, err, c.want, c.problem)
	}
}

func check(t *testing.T, name string, got float64, err error, want float64, problem string) {
	t.Helper()
	switch {
	case problem == "" && (err != nil || got != want):
		t.Errorf("%s: %v, %v, want %v", name, got, err, want)
	case problem != "" && (err == nil || !strings.Contains(err.Error(), problem)):
		t.Errorf("%s: %v, %v, want an error with %q", name, got, err, problem)
	}
}

func FuzzAnswers(f *testing.F) {
	f.Add(200, []byte(`{"status":"success","data":{"resultType":"vector","result":[{"value":[1,"2"]}]}}`), "data.result.0.value.1")
	f.Fuzz(func(t *testing.T, status int, body []byte, path string) {
		_, byPod := ByLabel(status, body, "pod")
		for _, err := range []error{second(Prometheus(status, body)), second(JSON(status, body, path)), byPod} {
			if err != nil && len(err.Error()) > 100+len(path) {
				t.Errorf("a long error: %q", err)
			}
		}
	})
}

func second(_ float64, err error) error { return err }
