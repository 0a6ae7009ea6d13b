package model

import (
	"slices"
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// A knob is one field of Limits in the API.
type knob struct {
	field string
	// set reads the field, empty if it is missing, and sets it if it is fit.
	set func(from v1alpha1.Limits, into *Limits) (text string, fit bool)
}

// knobs have the bounds of the CRD: an object may have been stored without them.
var knobs = []knob{
	duration("connectTimeout", func(d time.Duration) bool { return d >= 10*time.Millisecond && d <= time.Minute },
		func(l v1alpha1.Limits) *metav1.Duration { return l.ConnectTimeout }, func(l *Limits) *time.Duration { return &l.ConnectTimeout }),
	duration("requestTimeout", func(d time.Duration) bool { return d == 0 || d >= time.Millisecond && d <= 24*time.Hour },
		func(l v1alpha1.Limits) *metav1.Duration { return l.RequestTimeout }, func(l *Limits) *time.Duration { return &l.RequestTimeout }),
	count("maxConnections", 1, 1_000_000, func(l v1alpha1.Limits) *int32 { return l.MaxConnections }, func(l *Limits) *uint32 { return &l.Connections }),
	count("maxPendingRequests", 1, 1_000_000, func(l v1alpha1.Limits) *int32 { return l.MaxPendingRequests }, func(l *Limits) *uint32 { return &l.Pending }),
	count("maxRequests", 1, 1_000_000, func(l v1alpha1.Limits) *int32 { return l.MaxRequests }, func(l *Limits) *uint32 { return &l.Requests }),
	count("retries.attempts", 0, 10, func(l v1alpha1.Limits) *int32 { return retriesOf(l).Attempts }, func(l *Limits) *uint32 { return &l.Retries }),
	count("retries.budgetPercent", 1, 100, func(l v1alpha1.Limits) *int32 { return retriesOf(l).BudgetPercent }, func(l *Limits) *uint32 { return &l.RetryPercent }),
	{"ejection.mode", ejectionMode},
	count("ejection.failures", 1, 1000, func(l v1alpha1.Limits) *int32 { return ejectionOf(l).Failures }, func(l *Limits) *uint32 { return &l.Ejection.Failures }),
	duration("ejection.time", func(d time.Duration) bool { return d >= time.Second && d <= time.Hour },
		func(l v1alpha1.Limits) *metav1.Duration { return ejectionOf(l).Time }, func(l *Limits) *time.Duration { return &l.Ejection.Time }),
	count("ejection.maxPercent", 1, 100, func(l v1alpha1.Limits) *int32 { return ejectionOf(l).MaxPercent }, func(l *Limits) *uint32 { return &l.Ejection.Percent }),
}

func count(field string, least, most int32, from func(v1alpha1.Limits) *int32, into func(*Limits) *uint32) knob {
	return knob{field, func(l v1alpha1.Limits, out *Limits) (string, bool) {
		n := from(l)
		if n == nil {
			return "", true
		}
		fit := *n >= least && *n <= most
		if fit {
			*into(out) = uint32(*n)
		}
		return strconv.Itoa(int(*n)), fit
	}}
}

func duration(field string, fits func(time.Duration) bool, from func(v1alpha1.Limits) *metav1.Duration, into func(*Limits) *time.Duration) knob {
	return knob{field, func(l v1alpha1.Limits, out *Limits) (string, bool) {
		d := from(l)
		if d == nil {
			return "", true
		}
		fit := fits(d.Duration)
		if fit {
			*into(out) = d.Duration
		}
		return d.Duration.String(), fit
	}}
}

func ejectionMode(l v1alpha1.Limits, out *Limits) (string, bool) {
	mode := ejectionOf(l).Mode
	fit := slices.Contains([]v1alpha1.EjectionMode{"", v1alpha1.EjectionEnabled, v1alpha1.EjectionDisabled}, mode)
	if fit && mode != "" {
		out.Ejection.Off = mode == v1alpha1.EjectionDisabled
	}
	return string(mode), fit
}

func retriesOf(l v1alpha1.Limits) v1alpha1.Retries {
	if l.Retries == nil {
		return v1alpha1.Retries{}
	}
	return *l.Retries
}

func ejectionOf(l v1alpha1.Limits) v1alpha1.Ejection {
	if l.Ejection == nil {
		return v1alpha1.Ejection{}
	}
	return *l.Ejection
}

// with has the fields of the API that are set and fit, and else those of l.
func (l Limits) with(from v1alpha1.Limits) Limits {
	for _, k := range knobs {
		k.set(from, &l)
	}
	return l
}

// API shows every limit as a field of the API.
func (l Limits) API() v1alpha1.Limits {
	number := func(n uint32) *int32 { v := int32(n); return &v }
	span := func(d time.Duration) *metav1.Duration { return &metav1.Duration{Duration: d} }
	mode := v1alpha1.EjectionEnabled
	if l.Ejection.Off {
		mode = v1alpha1.EjectionDisabled
	}
	return v1alpha1.Limits{
		ConnectTimeout:     span(l.ConnectTimeout),
		RequestTimeout:     span(l.RequestTimeout),
		MaxConnections:     number(l.Connections),
		MaxPendingRequests: number(l.Pending),
		MaxRequests:        number(l.Requests),
		Retries:            &v1alpha1.Retries{Attempts: number(l.Retries), BudgetPercent: number(l.RetryPercent)},
		Ejection: &v1alpha1.Ejection{
			Mode: mode, Failures: number(l.Ejection.Failures), Time: span(l.Ejection.Time), MaxPercent: number(l.Ejection.Percent),
		},
	}
}
