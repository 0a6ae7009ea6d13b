package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	admissionv1 "k8s.io/api/admission/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kjson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/hold"
	"github.com/weft-mesh/weft/internal/inject"
	"github.com/weft-mesh/weft/internal/observe"
)

// Paths where the questions about held rollouts are answered.
const (
	PodsPath        = "/hold/pods"
	ReplicaSetsPath = "/hold/replicasets"
)

// Holder answers the API server's questions about pods and ReplicaSets of Deployments whose rollout is held.
type Holder struct {
	about   observe.Hold
	results *prometheus.CounterVec
}

// NewHolder registers weft_hold_total with metrics.
func NewHolder(about observe.Hold, metrics prometheus.Registerer) (*Holder, error) {
	results := newHoldResults()
	if err := metrics.Register(results); err != nil {
		return nil, fmt.Errorf("register metrics of held rollouts: %w", err)
	}
	return &Holder{about: about, results: results}, nil
}

// Pods serves AdmissionReviews at PodsPath.
func (h *Holder) Pods() http.Handler {
	return &admission.Webhook{Handler: admission.HandlerFunc(func(ctx context.Context, r admission.Request) admission.Response {
		return h.counted(h.pod(ctx, r))
	})}
}

// ReplicaSets serves AdmissionReviews at ReplicaSetsPath.
func (h *Holder) ReplicaSets() http.Handler {
	return &admission.Webhook{Handler: admission.HandlerFunc(func(ctx context.Context, r admission.Request) admission.Response {
		return h.counted(h.replicaSet(ctx, r))
	})}
}

func (h *Holder) counted(result string, response admission.Response) admission.Response {
	h.results.WithLabelValues(result).Inc()
	return response
}

// pod answers about a new pod: a gate, a refusal, or nothing. A pod that can't be looked up is not made now: its
// ReplicaSet tries again.
func (h *Holder) pod(ctx context.Context, r admission.Request) (string, admission.Response) {
	pod := &corev1.Pod{}
	if err := kjson.Unmarshal(r.Object.Raw, pod); err != nil {
		return holdFailed, admission.Errored(http.StatusBadRequest, fmt.Errorf("decode pod: %w", err))
	}
	owner := metav1.GetControllerOf(pod)
	if r.Operation != admissionv1.Create || owner == nil || owner.Kind != "ReplicaSet" {
		return holdNone, admission.Allowed("")
	}
	set, err := h.about.Set(ctx, r.Namespace, *owner)
	if err != nil {
		return holdFailed, admission.Errored(http.StatusInternalServerError, err)
	}
	if set == nil {
		return holdNone, admission.Allowed("")
	}
	canary, in, err := h.about.About(ctx, set)
	if err != nil {
		return holdFailed, admission.Errored(http.StatusInternalServerError, err)
	}
	if canary == nil {
		return holdNone, admission.Allowed("")
	}
	answer := hold.Look(in).Admit(set)
	switch {
	case answer.Refuse != "":
		return holdRefused, admission.Denied(fmt.Sprintf("Canary %s/%s: %s", canary.Namespace, canary.Name, answer.Refuse))
	case answer.Gate && !hold.Gated(pod):
		return patchedWith(holdGated, gatePatch(pod))
	}
	return holdNone, admission.Allowed("")
}

func gatePatch(pod *corev1.Pod) inject.Operation {
	gate := corev1.PodReadinessGate{ConditionType: v1alpha1.ConditionReleased}
	if len(pod.Spec.ReadinessGates) == 0 {
		return inject.Operation{Op: "add", Path: "/spec/readinessGates", Value: []corev1.PodReadinessGate{gate}}
	}
	return inject.Operation{Op: "add", Path: "/spec/readinessGates/-", Value: gate}
}

// replicaSet answers about another size of a ReplicaSet. Whether the Deployment asks for a new version is read from the
// API server: its controller writes here within moments of the change.
func (h *Holder) replicaSet(ctx context.Context, r admission.Request) (string, admission.Response) {
	set, old := &appsv1.ReplicaSet{}, &appsv1.ReplicaSet{}
	if err := kjson.Unmarshal(r.Object.Raw, set); err != nil {
		return holdFailed, admission.Errored(http.StatusBadRequest, fmt.Errorf("decode ReplicaSet: %w", err))
	}
	if err := kjson.Unmarshal(r.OldObject.Raw, old); err != nil {
		return holdFailed, admission.Errored(http.StatusBadRequest, fmt.Errorf("decode ReplicaSet: %w", err))
	}
	canary, in, err := h.about.About(ctx, old)
	if err == nil && canary != nil {
		in.Deployment, err = h.about.Fresh(ctx, in.Deployment)
	}
	if err != nil {
		return holdFailed, admission.Errored(http.StatusInternalServerError, err)
	}
	if canary == nil || in.Deployment == nil || set.Spec.Replicas == nil {
		return holdNone, admission.Allowed("")
	}
	wanted := *set.Spec.Replicas
	size := hold.Look(in).Floor(old, wanted)
	if size == wanted {
		return holdNone, admission.Allowed("")
	}
	return patchedWith(holdFloored, inject.Operation{Op: "replace", Path: "/spec/replicas", Value: size})
}

func patchedWith(result string, op inject.Operation) (string, admission.Response) {
	encoded, err := json.Marshal([]inject.Operation{op})
	if err != nil {
		return holdFailed, admission.Errored(http.StatusInternalServerError, fmt.Errorf("encode patch: %w", err))
	}
	kind := admissionv1.PatchTypeJSONPatch
	response := admission.Allowed("")
	response.Patch, response.PatchType = encoded, &kind
	return result, response
}
