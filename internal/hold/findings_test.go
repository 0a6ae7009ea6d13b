package hold

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	policy "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

var intstrQuarter = intstr.FromString("25%")

// Each finding, with its numbers; and a rollout that is as it should be has none.
func TestFindings(t *testing.T) {
	app := map[string]string{"app": "reviews"}
	scaler := &autoscaling.HorizontalPodAutoscaler{ObjectMeta: metav1.ObjectMeta{Name: "reviews"}, Spec: autoscaling.HorizontalPodAutoscalerSpec{
		ScaleTargetRef: autoscaling.CrossVersionObjectReference{Kind: "Deployment", Name: "reviews"}, MaxReplicas: 8,
		Metrics: []autoscaling.MetricSpec{{Resource: &autoscaling.ResourceMetricSource{
			Name: corev1.ResourceCPU, Target: autoscaling.MetricTarget{AverageUtilization: new(int32(50))},
		}}},
	}}
	for name, c := range map[string]struct {
		change func(w *world, a *Around)
		want   string // LEVEL REASON: a part of the message; empty: nothing
	}{
		"as it should be": {func(*world, *Around) {}, ""},
		"old pods go first": {
			func(w *world, _ *Around) { w.d.Spec.Strategy.Type = appsv1.RecreateDeploymentStrategyType },
			"Error StrategyRecreate: old pods go before",
		},
		"a stable pod is sick": {
			func(w *world, _ *Around) { setCondition(w.pods[0], corev1.PodReady, false, w.now) },
			"Error StableCapacityReduced: 3 of 4 pods",
		},
		"nobody wants pods": {func(w *world, _ *Around) { w.resize(0) }, "Error StableAtZero: revision v2 is held"},
		"the webhook was away": {
			func(w *world, _ *Around) { w.pods[4].Spec.ReadinessGates = nil },
			"Error Ungated: 1 pods of revision v2",
		},
		"no surge": {
			func(w *world, _ *Around) { w.d.Spec.Strategy.RollingUpdate.MaxSurge.IntVal = 0 },
			"Error SurgeTooSmall: maxSurge 0",
		},
		"a step that the surge can't carry": {
			func(_ *world, a *Around) { a.Weights = append(a.Weights, 50) },
			"Warning SurgeTooSmall: weight 50 needs 4 pods beside 4, and maxSurge allows 1: the share before the promotion is 20 at most",
		},
		"pods may be missing, at the size that an autoscaler may reach": {
			func(w *world, a *Around) {
				w.d.Spec.Strategy.RollingUpdate.MaxUnavailable = &intstrQuarter
				scaler := scaler.DeepCopy()
				scaler.Spec.Metrics = nil
				a.Autoscalers = []*autoscaling.HorizontalPodAutoscaler{scaler}
			},
			"Info MaxUnavailableSet: 2 of 8",
		},
		"a long step": {func(_ *world, a *Around) { a.LongestStep = time.Hour }, "Warning ProgressDeadlineShort: is 600, and a step lasts 1h0m0s"},
		"a deadline that never comes": {
			func(w *world, _ *Around) { w.d.Spec.ProgressDeadlineSeconds = new(int32(math.MaxInt32)) },
			"Warning ProgressDeadlineShort: never",
		},
		"no history": {func(w *world, _ *Around) { w.d.Spec.RevisionHistoryLimit = new(int32) }, "Warning HistoryLimitZero: 0"},
		"an autoscaler of CPU": {
			func(_ *world, a *Around) { a.Autoscalers = []*autoscaling.HorizontalPodAutoscaler{scaler} },
			"Info AutoscalerDamped: above 69% of the request instead of 55%",
		},
		"an autoscaler of one container's CPU": {
			func(_ *world, a *Around) {
				scaler := scaler.DeepCopy()
				r := scaler.Spec.Metrics[0].Resource
				scaler.Spec.Metrics[0] = autoscaling.MetricSpec{ContainerResource: &autoscaling.ContainerResourceMetricSource{
					Container: "it", Name: r.Name, Target: r.Target}}
				a.Autoscalers = []*autoscaling.HorizontalPodAutoscaler{scaler}
			},
			"Info AutoscalerDamped: above 69% of the request instead of 55%",
		},
		"a budget that lets nothing go": {
			func(_ *world, a *Around) {
				a.Budgets = []*policy.PodDisruptionBudget{{
					ObjectMeta: metav1.ObjectMeta{Name: "reviews"}, Spec: policy.PodDisruptionBudgetSpec{Selector: &metav1.LabelSelector{MatchLabels: app}},
				}}
			},
			"Warning DisruptionBudgetBlocked: reviews allows no eviction",
		},
		"a Service that leads to all pods": {
			func(_ *world, a *Around) {
				a.Services = []*corev1.Service{{ObjectMeta: metav1.ObjectMeta{Name: "peers"}, Spec: corev1.ServiceSpec{Selector: app, PublishNotReadyAddresses: true}}}
			},
			"Warning NotReadyPublished: Service peers",
		},
		"a load balancer that knows pods by address": {
			func(_ *world, a *Around) {
				s := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: "edge", Annotations: map[string]string{
					"service.beta.kubernetes.io/aws-load-balancer-nlb-target-type": "ip",
				}}, Spec: corev1.ServiceSpec{Selector: app, Type: corev1.ServiceTypeLoadBalancer}}
				a.Services = []*corev1.Service{s}
			},
			"Warning NotReadyPublished: load balancer of Service edge",
		},
		"the stable ReplicaSet is gone": {func(w *world, _ *Around) { w.sets = w.sets[1:] }, "Info NothingToCompare: not held"},
	} {
		w := held(4, "1", "0")
		w.d.Spec.Template.Labels = app
		for _, s := range w.sets {
			s.Spec.Template.Labels = app
		}
		around := Around{Weights: []int32{5, 20}, LongestStep: time.Minute}
		c.change(w, &around)
		var got []string
		for _, f := range w.view().Findings(around) {
			got = append(got, string(f.Level)+" "+f.Reason+": "+f.Message)
		}
		head, part, _ := strings.Cut(c.want, ": ")
		right := c.want == "" && got == nil || slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, head+": ") && strings.Contains(s, part) })
		if !right || len(got) > 1 {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
