package modeltest

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// limits have few fields and few values, so that they often meet; some are out of bounds.
func limits(t *rapid.T) v1alpha1.Limits {
	var l v1alpha1.Limits
	number := func(what string, values ...int32) *int32 {
		if !rapid.Bool().Draw(t, what+" set") {
			return nil
		}
		n := rapid.SampledFrom(values).Draw(t, what)
		return &n
	}
	span := func(what string, values ...time.Duration) *metav1.Duration {
		if !rapid.Bool().Draw(t, what+" set") {
			return nil
		}
		return &metav1.Duration{Duration: rapid.SampledFrom(values).Draw(t, what)}
	}
	l.ConnectTimeout = span("connect", 10*time.Millisecond, time.Minute, 0, time.Hour)
	l.RequestTimeout = span("request", 0, time.Millisecond, 3*time.Second, -time.Second)
	l.MaxConnections = number("connections", 1, 1_000_000, 0, -1)
	l.MaxPendingRequests = number("pending", 1, 1_000_000, 0)
	l.MaxRequests = number("requests", 1, 1_000_000, 0)
	if rapid.Bool().Draw(t, "retries") {
		l.Retries = &v1alpha1.Retries{Attempts: number("attempts", 0, 10, 11), BudgetPercent: number("budget", 1, 100, 0)}
	}
	if rapid.Bool().Draw(t, "ejection") {
		l.Ejection = &v1alpha1.Ejection{
			Mode:     rapid.SampledFrom([]v1alpha1.EjectionMode{"", v1alpha1.EjectionEnabled, v1alpha1.EjectionDisabled, "Perhaps"}).Draw(t, "mode"),
			Failures: number("failures", 1, 1000, 0), Time: span("time", time.Second, time.Hour, 0), MaxPercent: number("percent", 1, 100, 101),
		}
	}
	return l
}

func policyLimits(t *rapid.T) v1alpha1.PolicyLimits {
	return v1alpha1.PolicyLimits{
		Services: rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 2, rapid.ID[string]).Draw(t, "services"), Limits: limits(t),
	}
}

// limiting has limits, and no access.
func limiting(t *rapid.T, p *v1alpha1.Policy) {
	asked := policyLimits(t)
	p.Spec.Limits = &asked
	if rapid.Bool().Draw(t, "in force") {
		p.Status.Limits = &v1alpha1.EnforcedLimits{Selector: selector(t, "limited"), PolicyLimits: policyLimits(t)}
	}
}
