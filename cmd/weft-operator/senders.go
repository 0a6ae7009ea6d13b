package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/pushed"
	"github.com/weft-mesh/weft/internal/rollout"
)

// byAddress is an index of pods.
const byAddress = "address"

func indexAddresses(ctx context.Context, to client.FieldIndexer) error {
	err := to.IndexField(ctx, &corev1.Pod{}, byAddress, func(o client.Object) (out []string) {
		pod, is := o.(*corev1.Pod)
		if !is || pod.Spec.HostNetwork || pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed {
			return nil
		}
		for _, ip := range pod.Status.PodIPs {
			out = append(out, ip.IP)
		}
		return out
	})
	if err != nil {
		return fmt.Errorf("index pods by address: %w", err)
	}
	return nil
}

// senders knows from the cache who pushes metrics.
type senders struct {
	reader client.Reader
	mesh   string
}

// Sender is false for an address that several pods have: the kubelet has not told yet whose it is.
func (s senders) Sender(address string) (pushed.Pod, bool) {
	ctx := context.Background() // the cache answers from memory
	m, all := &v1alpha1.Mesh{}, &corev1.PodList{}
	if address == "" || s.reader.Get(ctx, client.ObjectKey{Name: s.mesh}, m) != nil || m.Spec.OTLP == nil ||
		s.reader.List(ctx, all, client.MatchingFields{byAddress: address}, client.UnsafeDisableDeepCopy) != nil || len(all.Items) != 1 {
		return pushed.Pod{}, false
	}
	pod := &all.Items[0]
	account := v1alpha1.CollectorAccount{Namespace: pod.Namespace, Name: model.IdentityOf(pod).Account}
	return s.known(pod, slices.Contains(m.Spec.OTLP.Collectors, account))
}

// Pod is false for one that is not in the mesh.
func (s senders) Pod(namespace, name string) (pushed.Pod, bool) {
	pod := &corev1.Pod{}
	if s.reader.Get(context.Background(), client.ObjectKey{Namespace: namespace, Name: name}, pod) != nil {
		return pushed.Pod{}, false
	}
	return s.known(pod, false)
}

func (s senders) known(pod *corev1.Pod, speaks bool) (pushed.Pod, bool) {
	joined := pods(s).joined(pod.Namespace)
	return pushed.Pod{Namespace: pod.Namespace, Name: pod.Name, UID: string(pod.UID), Speaks: speaks}, joined
}

// Wanted are the names in the Canaries of a namespace.
func (s senders) Wanted(namespace string) map[string]bool {
	all, out := &v1alpha1.CanaryList{}, map[string]bool{}
	if s.reader.List(context.Background(), all, client.InNamespace(namespace), client.UnsafeDisableDeepCopy) != nil {
		return nil
	}
	for i := range all.Items {
		if a := all.Items[i].Spec.Analysis; a != nil {
			for _, m := range a.Metrics {
				if m.OTLP == nil {
					continue
				}
				for _, q := range []*v1alpha1.OTLPSeries{m.OTLP.Value, m.OTLP.Events, m.OTLP.Of} {
					if q != nil {
						out[q.Metric] = true
					}
				}
			}
		}
	}
	return out
}

// readPushed reads what all replicas have received. A part of it could look like counters that began anew.
func (p *plane) readPushed(order rollout.Push) rollout.Reading {
	all, complete := p.gather.Pushed()
	if !complete {
		return rollout.Reading{Problem: "a replica of the operator is not heard, so what pods have pushed is not known"}
	}
	return pushed.Read(all, order, time.Now())
}
