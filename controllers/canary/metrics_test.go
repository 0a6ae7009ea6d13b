package canary

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/leader"
	"github.com/weft-mesh/weft/internal/rollout"
)

func canaryAt(name string, weight *v1alpha1.CanaryWeight) *v1alpha1.Canary {
	c := &v1alpha1.Canary{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name}}
	c.Status.Weight = weight
	return c
}

// readings are all values by name and labels.
func readings(t *testing.T, registry *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			name := family.GetName()
			for _, label := range m.GetLabel() {
				name += " " + label.GetValue()
			}
			got[name] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	return got
}

// TestThreeWeights [D25]: as decided, as acknowledged, as measured; and only the replica that decides tells them.
func TestThreeWeights(t *testing.T) {
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	waits := canaryAt("api", &v1alpha1.CanaryWeight{})
	waits.Status.Pause = &v1alpha1.CanaryPause{By: "ada"}
	reader := fake.NewClientBuilder().WithScheme(scheme).WithObjects(
		canaryAt("web", &v1alpha1.CanaryWeight{Desired: 20, Acknowledged: 5, Observed: resource.NewMilliQuantity(4870, resource.DecimalSI)}),
		waits, canaryAt("new", nil),
	).Build()
	registry, term := prometheus.NewRegistry(), &leader.Term{}
	NewMetrics(registry, reader, term)
	if got := readings(t, registry); len(got) > 0 {
		t.Errorf("a replica that does not lead tells %v", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan struct{})
	begun := make(chan struct{})
	term.OnBegin(func() { close(begun) })
	go func() { term.Lead(ctx); close(over) }()
	<-begun
	want := map[string]float64{
		"weft_canary_paused api shop":              1,
		"weft_canary_paused web shop":              0,
		"weft_canary_weight api acknowledged shop": 0,
		"weft_canary_weight api desired shop":      0,
		"weft_canary_weight web acknowledged shop": 5,
		"weft_canary_weight web desired shop":      20,
		"weft_canary_weight web observed shop":     4.87,
	}
	if diff := cmp.Diff(want, readings(t, registry)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	cancel()
	<-over
	if got := readings(t, registry); len(got) > 0 {
		t.Errorf("a replica that led tells %v", got)
	}
}

// TestEachEventIsCounted [D25].
func TestEachEventIsCounted(t *testing.T) {
	registry := prometheus.NewRegistry()
	m := NewMetrics(registry, nil, &leader.Term{})
	web, api := client.ObjectKey{Namespace: "shop", Name: "web"}, client.ObjectKey{Namespace: "shop", Name: "api"}
	m.happened(web, []rollout.Event{{Reason: rollout.ReasonStepStarted}, {Reason: rollout.ReasonPaused}})
	m.happened(web, []rollout.Event{{Reason: rollout.ReasonStepStarted}})
	m.happened(api, []rollout.Event{{Reason: rollout.ReasonPaused}})
	m.gone(api)
	m.Alerted("ops", "sent")
	m.Called(rollout.Answer{Open: true}, nil)
	m.Called(rollout.Answer{}, nil)
	m.Called(rollout.Answer{}, errors.New("no answer in time"))
	want := map[string]float64{
		"weft_alerts_total ops sent":                         1,
		"weft_canary_transitions_total web shop Paused":      1,
		"weft_canary_transitions_total web shop StepStarted": 2,
		"weft_canary_webhook_calls_total agreed":             1,
		"weft_canary_webhook_calls_total failed":             1,
		"weft_canary_webhook_calls_total refused":            1,
	}
	if diff := cmp.Diff(want, readings(t, registry)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
