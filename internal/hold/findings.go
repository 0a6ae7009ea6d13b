package hold

import (
	"fmt"
	"math"
	"slices"
	"time"

	autoscaling "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	policy "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// Around is what stands around a Deployment, in its namespace.
type Around struct {
	Autoscalers []*autoscaling.HorizontalPodAutoscaler
	Budgets     []*policy.PodDisruptionBudget
	Services    []*corev1.Service
	// Weights are those of the Canary's steps, LongestStep the longest duration of one.
	Weights     []int32
	LongestStep time.Duration
}

// finder gathers findings about a view.
type finder struct {
	View
	around Around
	out    []v1alpha1.HoldFinding
}

// Findings are what should be known about a rollout, in a fixed order, each reason at most once.
func (v View) Findings(around Around) []v1alpha1.HoldFinding {
	if v.Deployment == nil {
		return nil
	}
	f := &finder{View: v, around: around}
	for _, find := range []func(){
		f.strategy, f.capacity, f.zero, f.ungated, f.surge, f.unavailable, f.deadline, f.history, f.autoscaler, f.budget, f.published, f.comparison,
	} {
		find()
	}
	return f.out
}

func (f *finder) find(level v1alpha1.FindingLevel, reason, format string, args ...any) {
	f.out = append(f.out, v1alpha1.HoldFinding{Level: level, Reason: reason, Message: fmt.Sprintf(format, args...)})
}

func (f *finder) strategy() {
	if f.recreates() {
		_, message := f.Refusal(f.Deployment.Name)
		f.find(v1alpha1.LevelError, ReasonStrategyRecreate, "%s", message)
	}
}

// capacity and zero tell of stable pods that are missing while a version is held.
func (f *finder) capacity() {
	want, have := floor(f.wave(), f.Replicas()), f.StableReady()
	if f.Holds() && have < want {
		f.find(v1alpha1.LevelError, ReasonStableCapacityReduced, "%d of %d pods of the stable version are ready", have, want)
	}
}

func (f *finder) zero() {
	if f.Holds() && f.Replicas() == 0 {
		f.find(v1alpha1.LevelError, ReasonStableAtZero, "the Deployment has size 0 while revision %s is held; when it grows, the stable version comes first", f.Newest())
	}
}

func (f *finder) ungated() {
	if f.Course() != Held {
		return
	}
	if n := f.count(f.Newest(), func(p *corev1.Pod) bool { return !Gated(p) }); n > 0 {
		f.find(v1alpha1.LevelError, ReasonUngated, "%d pods of revision %s came without a gate, as when the webhook did not answer; callers outside the mesh reach them", n, f.Newest())
	}
}

func (f *finder) surge() {
	if !f.recreates() && !f.surges() {
		_, message := f.Refusal(f.Deployment.Name)
		f.find(v1alpha1.LevelError, ReasonSurgeTooSmall, "%s", message)
		return
	}
	reach := f.Reach()
	i := slices.IndexFunc(f.around.Weights, func(w int32) bool { return w > reach && w < whole })
	if f.Replicas() == 0 || i < 0 {
		return
	}
	weight := f.around.Weights[i]
	f.find(v1alpha1.LevelWarning, ReasonSurgeTooSmall, "weight %d needs %d pods beside %d, and maxSurge allows %d: the share before the promotion is %d at most; with maxSurge 100%% it is 50",
		weight, Size(weight, f.Replicas()), f.Replicas(), f.Surge(), reach)
}

func (f *finder) unavailable() {
	n := f.Replicas()
	for _, h := range f.autoscalers() {
		n = max(n, h.Spec.MaxReplicas)
	}
	if _, u := f.boundsAt(n); u > 0 && !f.recreates() && f.surges() {
		f.find(v1alpha1.LevelInfo, ReasonMaxUnavailableSet, "maxUnavailable lets %d of %d pods go; the floor keeps them while a version is held", u, n)
	}
}

func (f *finder) deadline() {
	const never = math.MaxInt32
	s := f.Deployment.Spec.ProgressDeadlineSeconds
	switch {
	case s != nil && *s == never:
		f.find(v1alpha1.LevelWarning, ReasonProgressDeadlineShort, "progressDeadlineSeconds is %d, which means never: tools that wait for the rollout wait for ever after a rollback", *s)
	case f.View.deadline() < f.around.LongestStep:
		f.find(v1alpha1.LevelWarning, ReasonProgressDeadlineShort, "progressDeadlineSeconds is %d, and a step lasts %s: tools that watch the Deployment will say that it has failed",
			int(f.View.deadline().Seconds()), f.around.LongestStep)
	}
}

func (f *finder) history() {
	if l := f.Deployment.Spec.RevisionHistoryLimit; l != nil && *l == 0 {
		f.find(v1alpha1.LevelWarning, ReasonHistoryLimitZero, "revisionHistoryLimit is 0: Kubernetes may delete the stable ReplicaSet, and with it what the new version is compared with")
	}
}

// autoscaler prints where an autoscaler of CPU begins to act: it counts pods that were never ready as idle.
func (f *finder) autoscaler() {
	held, stable := f.count(f.Newest(), Waiting), f.StableReady()
	if !f.Holds() || held == 0 || stable == 0 {
		return
	}
	for _, h := range f.autoscalers() {
		target, is := utilization(h)
		if !is {
			continue
		}
		level := v1alpha1.LevelInfo
		if held*4 > stable {
			level = v1alpha1.LevelWarning
		}
		f.find(level, ReasonAutoscalerDamped, "HorizontalPodAutoscaler %s counts the %d pods that wait as idle: it grows the Deployment above %.0f%% of the request instead of %.0f%%",
			h.Name, held, float64(target)*(1+float64(held)/float64(stable))*tolerance, float64(target)*tolerance)
		return
	}
}

// tolerance is how far from its target an autoscaler does nothing.
const tolerance = 1.1

func utilization(h *autoscaling.HorizontalPodAutoscaler) (percent int32, is bool) {
	for _, m := range h.Spec.Metrics {
		name, target := corev1.ResourceName(""), autoscaling.MetricTarget{}
		switch {
		case m.Resource != nil:
			name, target = m.Resource.Name, m.Resource.Target
		case m.ContainerResource != nil:
			name, target = m.ContainerResource.Name, m.ContainerResource.Target
		}
		if name == corev1.ResourceCPU && target.AverageUtilization != nil {
			return *target.AverageUtilization, true
		}
	}
	return 0, false
}

func (f *finder) autoscalers() []*autoscaling.HorizontalPodAutoscaler {
	return slices.DeleteFunc(slices.Clone(f.around.Autoscalers), func(h *autoscaling.HorizontalPodAutoscaler) bool {
		to := h.Spec.ScaleTargetRef
		return to.Kind != v1alpha1.KindDeployment || to.Name != f.Deployment.Name
	})
}

func (f *finder) budget() {
	if !f.Holds() {
		return
	}
	for _, b := range f.around.Budgets {
		selector, err := metav1.LabelSelectorAsSelector(b.Spec.Selector)
		if err != nil || !selector.Matches(labels.Set(f.Deployment.Spec.Template.Labels)) {
			continue
		}
		always := b.Spec.UnhealthyPodEvictionPolicy != nil && *b.Spec.UnhealthyPodEvictionPolicy == policy.AlwaysAllow
		if b.Status.DisruptionsAllowed == 0 && !always {
			f.find(v1alpha1.LevelWarning, ReasonDisruptionBudgetBlocked, "PodDisruptionBudget %s allows no eviction now: the drain of a node waits; unhealthyPodEvictionPolicy: AlwaysAllow lets pods that wait go", b.Name)
			return
		}
	}
}

func (f *finder) published() {
	for _, s := range f.around.Services {
		if len(s.Spec.Selector) == 0 || !labels.SelectorFromSet(s.Spec.Selector).Matches(labels.Set(f.Deployment.Spec.Template.Labels)) {
			continue
		}
		switch {
		case s.Spec.PublishNotReadyAddresses:
			f.find(v1alpha1.LevelWarning, ReasonNotReadyPublished, "Service %s has publishNotReadyAddresses: callers outside the mesh reach pods that wait", s.Name)
		case byAddress(s):
			f.find(v1alpha1.LevelWarning, ReasonNotReadyPublished, "the load balancer of Service %s sends requests to pods by their addresses, also to those that wait", s.Name)
		default:
			continue
		}
		return
	}
}

// byAddress says that the load balancer of a Service registers pods whose containers are ready, Ready or not.
func byAddress(s *corev1.Service) bool {
	if s.Spec.Type != corev1.ServiceTypeLoadBalancer {
		return false
	}
	class := s.Spec.LoadBalancerClass
	return s.Annotations["service.beta.kubernetes.io/aws-load-balancer-nlb-target-type"] == "ip" ||
		s.Annotations["service.beta.kubernetes.io/aws-load-balancer-type"] == "nlb-ip" ||
		class != nil && *class == "eks.amazonaws.com/nlb"
}

func (f *finder) comparison() {
	if f.Course() == Incomparable {
		f.find(v1alpha1.LevelInfo, ReasonNothingToCompare, "%s", f.Obstacle())
	}
}
