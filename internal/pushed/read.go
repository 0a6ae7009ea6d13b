package pushed

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/protocol/peerv1"
	"github.com/weft-mesh/weft/internal/rollout"
)

// fresh is how long a number of a pod is good enough.
const fresh = 2 * time.Minute

// Read is what a Canary's metric is now. The reading has no ID.
func Read(all []*peerv1.Series, order rollout.Push, now time.Time) rollout.Reading {
	of := byPod(all, order)
	if order.Of.Value == nil {
		return counted(of, order)
	}
	r := rollout.Reading{}
	var err error
	if r.Canary, err = mean(of, *order.Of.Value, order.Pods.Canary, now); err != nil {
		return rollout.Reading{Problem: err.Error()}
	}
	if order.Stable {
		if r.Stable, err = mean(of, *order.Of.Value, order.Pods.Stable, now); err != nil {
			return rollout.Reading{Problem: "stable version: " + err.Error()}
		}
	}
	return r
}

func byPod(all []*peerv1.Series, order rollout.Push) map[string][]*peerv1.Series {
	pods := map[string][]*peerv1.Series{}
	for _, s := range all {
		if s.Namespace == order.Namespace {
			pods[s.Pod] = append(pods[s.Pod], s)
		}
	}
	return pods
}

// mean is that of the pods. Each of them must have said something lately.
func mean(of map[string][]*peerv1.Series, q v1alpha1.OTLPSeries, pods []string, now time.Time) (float64, error) {
	if len(pods) == 0 {
		return 0, fmt.Errorf("no pod serves")
	}
	all := 0.0
	for _, pod := range pods {
		found := false
		for _, s := range of[pod] {
			if !fits(s, q) || now.UnixNano()-s.AtUnixNanos > int64(fresh) {
				continue
			}
			if s.Kind != gauge {
				return 0, fmt.Errorf("%s only rises: take events and of", q.Metric)
			}
			all, found = all+s.Value, true
		}
		if !found {
			return 0, fmt.Errorf("the pod %s has pushed no %s in the last %s", pod, q.Metric, fresh)
		}
	}
	return all / float64(len(pods)), nil
}

// counted are the counters of pods, each as old as the newest part of it.
func counted(of map[string][]*peerv1.Series, order rollout.Push) rollout.Reading {
	out := map[string]rollout.Totals{}
	for _, pod := range append(slices.Clone(order.Pods.Canary), order.Pods.Stable...) {
		events, _, err := risen(of[pod], *order.Of.Events)
		if err != nil {
			return rollout.Reading{Problem: err.Error()}
		}
		could, began, err := risen(of[pod], *order.Of.Of)
		if err != nil {
			return rollout.Reading{Problem: err.Error()}
		}
		if began != 0 {
			out[pod] = rollout.Totals{Events: events, Of: could, Began: began}
		}
	}
	return rollout.Reading{Pods: out}
}

// risen adds up counters. Began is when the oldest of them began; 0: there is none.
func risen(all []*peerv1.Series, q v1alpha1.OTLPSeries) (n float64, began int64, err error) {
	for _, s := range all {
		if !fits(s, q) {
			continue
		}
		if s.Kind == gauge {
			return 0, 0, fmt.Errorf("%s is a number that also falls: take value", q.Metric)
		}
		part := s.Value
		if q.Above != nil {
			if part, err = above(s, q.Above.AsApproximateFloat64()); err != nil {
				return 0, 0, err
			}
		}
		n += part
		if at := max(s.StartedAtUnixNanos, 1); began == 0 || at < began {
			began = at
		}
	}
	return n, began, nil
}

// above counts the observations in the buckets above a bound.
func above(s *peerv1.Series, bound float64) (n float64, err error) {
	i := slices.IndexFunc(s.Bounds, func(b float64) bool { return math.Abs(b-bound) <= 1e-9*math.Abs(bound) })
	if i < 0 {
		return 0, fmt.Errorf("%s has no bound %v, but %v", s.Metric, bound, s.Bounds[:min(len(s.Bounds), 16)])
	}
	for _, count := range s.Buckets[i+1:] {
		n += float64(count)
	}
	return n, nil
}

func fits(s *peerv1.Series, q v1alpha1.OTLPSeries) bool {
	if s.Metric != q.Metric {
		return false
	}
	for name, value := range q.Attributes {
		if _, found := slices.BinarySearch(s.Attributes, name+"="+value); !found {
			return false
		}
	}
	return true
}
