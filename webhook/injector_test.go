package webhook

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	jsonpatch "github.com/evanphx/json-patch/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	admissionv1 "k8s.io/api/admission/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/weft-mesh/weft/internal/inject"
)

const review = "testdata/deployment.review.json"

// The patch for one pod of a Deployment, as the API server gets it. GOLDEN=write writes it again.
func TestGoldenPatch(t *testing.T) {
	response := ask(t, newInjector(t, prometheus.NewRegistry()), read(t, review))
	if !response.Allowed || response.PatchType == nil || *response.PatchType != admissionv1.PatchTypeJSONPatch {
		t.Fatalf("response %+v", response)
	}
	var got bytes.Buffer
	if err := json.Indent(&got, response.Patch, "", "  "); err != nil {
		t.Fatal(err)
	}
	got.WriteByte('\n')
	const golden = "testdata/deployment.patch.json"
	if os.Getenv("GOLDEN") == "write" {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(read(t, golden)), got.String()); diff != "" {
		t.Fatalf("patch (-want +got):\n%s", diff)
	}
}

func TestAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		change   func(*testing.T, *admissionv1.AdmissionRequest)
		result   string
		allowed  bool
		mentions string // in the message or a warning
	}{
		"new pod":      {func(*testing.T, *admissionv1.AdmissionRequest) {}, resultInjected, true, ""},
		"asked again":  {injectBefore, resultUnchanged, true, ""},
		"no mesh":      {func(_ *testing.T, r *admissionv1.AdmissionRequest) { r.Namespace = "lonely" }, resultRefused, false, "namespace lonely"},
		"host network": {edit(`"spec": {`, `"spec": {"hostNetwork": true,`), resultSkipped, true, "spec.hostNetwork"},
		"reserved port": {edit(`"containerPort": 8080`, `"containerPort": 15001`), resultRefused, false,
			"pod shop/cart-5d8c7b9f4-: spec.containers[0].ports[0].containerPort"},
		"long drain": {edit(`"terminationGracePeriodSeconds": 30`, `"terminationGracePeriodSeconds": 1`), resultInjected, true, "drains"},
		"not a pod":  {func(_ *testing.T, r *admissionv1.AdmissionRequest) { r.Object.Raw = []byte(`{"spec": 1}`) }, resultFailed, false, "decode pod"},
		"update":     {func(_ *testing.T, r *admissionv1.AdmissionRequest) { r.Operation = admissionv1.Update }, resultSkipped, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			asked := request(t)
			c.change(t, asked.Request)
			body, err := json.Marshal(asked)
			if err != nil {
				t.Fatal(err)
			}
			registry := prometheus.NewRegistry()
			response := ask(t, newInjector(t, registry), body)
			if response.Allowed != c.allowed || response.UID != asked.Request.UID {
				t.Errorf("response %+v", response)
			}
			if (len(response.Patch) > 0) != (c.result == resultInjected) {
				t.Errorf("patch %s", response.Patch)
			}
			if said := response.Result.Message + strings.Join(response.Warnings, ""); !strings.Contains(said, c.mentions) {
				t.Errorf("said %q, want a word on %q", said, c.mentions)
			}
			if diff := cmp.Diff(map[string]float64{c.result: 1}, counted(t, registry)); diff != "" {
				t.Errorf("metrics (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMetricsRegisterOnce(t *testing.T) {
	registry := prometheus.NewRegistry()
	newInjector(t, registry)
	if _, err := NewInjector(settings, registry); err == nil {
		t.Fatal("two injectors count in one metric")
	}
}

// BenchmarkHandler is the whole way: a review comes in over HTTP and an answer goes out.
func BenchmarkHandler(b *testing.B) {
	injector, err := NewInjector(settings, prometheus.NewRegistry())
	if err != nil {
		b.Fatal(err)
	}
	handler, body := injector.Handler(), read(b, review)
	b.ReportAllocs()
	for b.Loop() {
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, post(body))
		if recorder.Code != http.StatusOK {
			b.Fatal(recorder.Body)
		}
	}
}

func settings(namespace string) (inject.Settings, bool) {
	return inject.Settings{
		AgentImage:      "example.com/weft/agent:1",
		OperatorAddress: "weft-operator.weft-system.svc:15010",
		OperatorName:    "weft-operator.weft-system.svc",
		DrainSeconds:    5,
	}, namespace == "shop"
}

func newInjector(t testing.TB, registry prometheus.Registerer) *Injector {
	t.Helper()
	injector, err := NewInjector(settings, registry)
	if err != nil {
		t.Fatal(err)
	}
	return injector
}

func post(body []byte) *http.Request {
	request := httptest.NewRequest(http.MethodPost, Path, bytes.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	return request
}

func ask(t *testing.T, injector *Injector, body []byte) *admissionv1.AdmissionResponse {
	t.Helper()
	recorder := httptest.NewRecorder()
	injector.Handler().ServeHTTP(recorder, post(body))
	answer := admissionv1.AdmissionReview{}
	if err := json.Unmarshal(recorder.Body.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	return answer.Response
}

func read(t testing.TB, file string) []byte {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func request(t *testing.T) admissionv1.AdmissionReview {
	t.Helper()
	asked := admissionv1.AdmissionReview{}
	if err := json.Unmarshal(read(t, review), &asked); err != nil {
		t.Fatal(err)
	}
	return asked
}

func edit(before, after string) func(*testing.T, *admissionv1.AdmissionRequest) {
	return func(t *testing.T, r *admissionv1.AdmissionRequest) {
		t.Helper()
		edited := strings.Replace(string(r.Object.Raw), before, after, 1)
		if edited == string(r.Object.Raw) {
			t.Fatalf("nothing to edit: %s", before)
		}
		r.Object.Raw = []byte(edited)
	}
}

func injectBefore(t *testing.T, r *admissionv1.AdmissionRequest) {
	t.Helper()
	patch, err := jsonpatch.DecodePatch(ask(t, newInjector(t, prometheus.NewRegistry()), read(t, review)).Patch)
	if err != nil {
		t.Fatal(err)
	}
	pod, err := patch.Apply(r.Object.Raw)
	if err != nil {
		t.Fatal(err)
	}
	r.Object = runtime.RawExtension{Raw: pod}
}

func counted(t *testing.T, registry *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]float64{}
	for _, m := range families[0].GetMetric() {
		if value := m.GetCounter().GetValue(); value > 0 {
			counts[m.GetLabel()[0].GetValue()] = value
		}
	}
	return counts
}
