package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	kjson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/inject"
)

// SettingsFor gives the settings of the mesh that a namespace has joined. False: no such mesh is known.
type SettingsFor func(namespace string) (inject.Settings, bool)

// Injector answers the API server's question about a new pod. It reads nothing but the request and the settings.
type Injector struct {
	settings SettingsFor
	results  *prometheus.CounterVec
}

// NewInjector registers weft_injection_total with metrics.
func NewInjector(settings SettingsFor, metrics prometheus.Registerer) (*Injector, error) {
	results := newResults()
	if err := metrics.Register(results); err != nil {
		return nil, fmt.Errorf("register metrics of injection: %w", err)
	}
	return &Injector{settings: settings, results: results}, nil
}

// Handler serves AdmissionReviews at Path.
func (i *Injector) Handler() http.Handler { return &admission.Webhook{Handler: i} }

// Handle implements admission.Handler.
func (i *Injector) Handle(_ context.Context, request admission.Request) admission.Response {
	result, response := i.answer(request)
	i.results.WithLabelValues(result).Inc()
	return response
}

func (i *Injector) answer(request admission.Request) (string, admission.Response) {
	if request.Operation != admissionv1.Create {
		return resultSkipped, admission.Allowed("")
	}
	settings, found := i.settings(request.Namespace)
	if !found {
		return resultRefused, admission.Denied(fmt.Sprintf("namespace %s: label %s names a mesh that does not exist; "+
			"create the Mesh or remove the label", request.Namespace, v1alpha1.LabelMesh))
	}
	pod := &corev1.Pod{}
	if err := kjson.Unmarshal(request.Object.Raw, pod); err != nil {
		return resultFailed, admission.Errored(http.StatusBadRequest, fmt.Errorf("decode pod: %w", err))
	}
	patch, err := inject.Inject(pod, settings)
	if refusal, is := errors.AsType[*inject.Refusal](err); is {
		return resultRefused, admission.Denied(fmt.Sprintf("pod %s/%s%s: %v", request.Namespace, pod.GenerateName, pod.Name, refusal))
	}
	if err != nil {
		return resultFailed, admission.Errored(http.StatusInternalServerError, fmt.Errorf("inject: %w", err))
	}
	return patched(patch)
}

func patched(patch inject.Patch) (string, admission.Response) {
	response := admission.Allowed("").WithWarnings(patch.Warnings...)
	switch {
	case patch.Skipped != "":
		return resultSkipped, response.WithWarnings("weft: " + patch.Skipped)
	case len(patch.Operations) == 0:
		return resultUnchanged, response
	}
	encoded, err := json.Marshal(patch.Operations)
	if err != nil {
		return resultFailed, admission.Errored(http.StatusInternalServerError, fmt.Errorf("encode patch: %w", err))
	}
	kind := admissionv1.PatchTypeJSONPatch
	response.Patch, response.PatchType = encoded, &kind
	return resultInjected, response
}
