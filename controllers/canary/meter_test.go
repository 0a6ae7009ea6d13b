package canary

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/internal/rollout"
)

// answers are what sources say by URL; none is an error.
type answers map[string]string

func (a answers) Get(_ context.Context, from string, _ time.Duration) (int, []byte, error) {
	body, found := a[from]
	if !found {
		return 0, nil, errors.New("no answer in time")
	}
	return 200, []byte(body), nil
}

// Ask answers with the version that is asked about.
func (a answers) Ask(_ context.Context, to string, question []byte, _ time.Duration) (int, []byte, error) {
	var q struct{ Version string }
	if err := json.Unmarshal(question, &q); err != nil {
		return 0, nil, err
	}
	body, found := a[to+" "+q.Version]
	if !found {
		return 0, nil, errors.New("no answer in time")
	}
	return 200, []byte(body), nil
}

func TestMeter(t *testing.T) {
	const prometheus = `{"status":"success","data":{"resultType":"scalar","result":[1,"0.5"]}}`
	now, done := time.Unix(1000, 0), make(chan struct{}, 10)
	source := answers{"p": prometheus, "j": `{"rate":2}`, "h canary": `{"rate":3}`, "h stable": `{"rate":1}`}
	m := &Meter{Getter: source, Done: func() { done <- struct{}{} }, Now: func() time.Time { return now }}
	key := client.ObjectKey{Namespace: "shop", Name: "reviews"}
	questions := []rollout.Measure{
		{ID: "1", Metric: "a", Canary: "p"},
		{ID: "2", Metric: "b", Canary: "j", Stable: "j", Field: "rate"},
		{ID: "3", Metric: "c", Canary: "j", Stable: "gone", Field: "rate"},
		{ID: "4", Metric: "d", Canary: "h", Stable: "h", Field: "rate",
			Post: &rollout.Inquiry{Version: "canary"}, PostStable: &rollout.Inquiry{Version: "stable"}},
	}
	read := func(n int) {
		m.Read(t.Context(), key, questions)
		for range n {
			<-done
		}
	}
	read(4)
	want := []rollout.Reading{
		{ID: "1", Canary: 0.5},
		{ID: "2", Canary: 2, Stable: 2},
		{ID: "3", Canary: 2, Problem: "stable version: no answer in time"},
		{ID: "4", Canary: 3, Stable: 1},
	}
	if diff := cmp.Diff(want, m.Readings(key)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	source["p"] = strings.Replace(prometheus, "0.5", "0.7", 1)
	read(0) // the same questions a moment later
	if got := m.Readings(key)[0].Canary; got != 0.5 {
		t.Errorf("read again: %v", got)
	}
	now = now.Add(patience)
	read(4)
	if got := m.Readings(key)[0].Canary; got != 0.7 {
		t.Errorf("not read again: %v", got)
	}
	m.Drop(key)
	if got := m.Readings(key); got != nil {
		t.Errorf("after the Canary is gone: %v", got)
	}
}

// Counters count from the reading that was noted: one that was not is counted again with the next.
func TestMeterCountsFromWhatWasNoted(t *testing.T) {
	vector := func(a, b string) string {
		return `{"status":"success","data":{"resultType":"vector","result":[{"metric":{"pod":"a"},"value":[1,"` + a + `"]},{"metric":{"pod":"b"},"value":[1,"` + b + `"]}]}}`
	}
	done := make(chan struct{}, 10)
	source := answers{"of": vector("10", "20"), "events": `{"status":"success","data":{"resultType":"vector","result":[]}}`}
	m := &Meter{Getter: source, Done: func() { done <- struct{}{} }, Now: time.Now}
	key := client.ObjectKey{Namespace: "shop", Name: "reviews"}
	read := func(id string) rollout.Reading {
		m.Read(t.Context(), key, []rollout.Measure{{ID: id, Metric: "orders", Canary: "events", Of: "of"}})
		<-done
		return m.Readings(key)[0]
	}
	first := map[string]rollout.Totals{"a": {Of: 10}, "b": {Of: 20}}
	if diff := cmp.Diff(rollout.Reading{ID: "1", Pods: first}, read("1")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	m.Note(key, []string{"1"})
	source["of"], source["events"] = vector("15", "25"), vector("1", "2")
	read("2")
	m.Note(key, []string{"another"})
	want := rollout.Reading{ID: "3", Pods: map[string]rollout.Totals{"a": {Events: 1, Of: 15}, "b": {Events: 2, Of: 25}}, Before: first}
	if diff := cmp.Diff(want, read("3")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
