package canary

import (
	"context"
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

func TestMeter(t *testing.T) {
	const prometheus = `{"status":"success","data":{"resultType":"scalar","result":[1,"0.5"]}}`
	now, done := time.Unix(1000, 0), make(chan struct{}, 10)
	source := answers{"p": prometheus, "j": `{"rate":2}`}
	m := &Meter{Getter: source, Done: func() { done <- struct{}{} }, Now: func() time.Time { return now }}
	key := client.ObjectKey{Namespace: "shop", Name: "reviews"}
	questions := []rollout.Measure{
		{ID: "1", Metric: "a", Canary: "p"},
		{ID: "2", Metric: "b", Canary: "j", Stable: "j", Field: "rate"},
		{ID: "3", Metric: "c", Canary: "j", Stable: "gone", Field: "rate"},
	}
	read := func(n int) {
		m.Read(t.Context(), key, questions)
		for range n {
			<-done
		}
	}
	read(3)
	want := []rollout.Reading{
		{ID: "1", Canary: 0.5},
		{ID: "2", Canary: 2, Stable: 2},
		{ID: "3", Canary: 2, Problem: "stable version: no answer in time"},
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
	read(3)
	if got := m.Readings(key)[0].Canary; got != 0.7 {
		t.Errorf("not read again: %v", got)
	}
	m.Drop(key)
	if got := m.Readings(key); got != nil {
		t.Errorf("after the Canary is gone: %v", got)
	}
}
