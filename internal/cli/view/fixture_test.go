package view

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

var now = time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)

func ago(d time.Duration) metav1.Time { return metav1.NewTime(now.Add(-d)) }

func conditions(ready bool, message string) []metav1.Condition {
	if ready {
		return []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: "Ready", Message: message}}
	}
	return []metav1.Condition{
		{Type: v1alpha1.ConditionReady, Status: metav1.ConditionFalse, Reason: "Rejected", Message: message},
		{Type: v1alpha1.ConditionApplied, Status: metav1.ConditionFalse, Reason: "Rejected", Message: message},
		{Type: v1alpha1.ConditionReconciling, Status: metav1.ConditionFalse, Reason: "Settled"},
		{Type: v1alpha1.ConditionStalled, Status: metav1.ConditionTrue, Reason: "Rejected", Message: message},
	}
}

func exampleMesh() v1alpha1.Mesh {
	m := v1alpha1.Mesh{ObjectMeta: metav1.ObjectMeta{Name: "default", Generation: 2}}
	m.Spec.MTLS.Mode = v1alpha1.MTLSStrict
	m.Status = v1alpha1.MeshStatus{
		ObservedGeneration: 2,
		Conditions:         conditions(true, "applied by 3 of 3 proxies"),
		Effective: &v1alpha1.EffectiveMesh{
			TrustDomain: "cluster.local", MTLS: v1alpha1.MTLSStrict, NetworkPolicy: v1alpha1.NetworkPolicyEnforce, Namespaces: []string{"shop"},
		},
		Proxies: &v1alpha1.Acknowledgement{Acknowledged: 3, Total: 3},
		Scope:   &v1alpha1.ScopeStatus{Services: 4, Whole: 3, Message: "4 Services, and the budget is 300: every proxy knows the whole mesh"},
		Certificates: &v1alpha1.CertificateStatus{
			Phase: "Steady", RootNotAfter: ago(-9 * 365 * 24 * time.Hour), IntermediateNotAfter: ago(-60 * 24 * time.Hour),
		},
	}
	return m
}

func examplePolicy() v1alpha1.Policy {
	p := v1alpha1.Policy{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "reviews", Generation: 1}}
	p.Status = v1alpha1.PolicyStatus{
		ObservedGeneration: 1, Conditions: conditions(true, ""), Proxies: &v1alpha1.Acknowledgement{Acknowledged: 2, Total: 2},
		Position: &v1alpha1.Position{Step: "Applied"},
	}
	return p
}

func exampleCanary() v1alpha1.Canary {
	c := v1alpha1.Canary{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "reviews", Generation: 1}}
	c.Spec.Service.Name = "reviews"
	c.Spec.Steps = []v1alpha1.CanaryStep{{Weight: 5}, {Weight: 20}, {Weight: 50}}
	acknowledged, deadline := ago(time.Minute), ago(-10*time.Minute)
	c.Status = v1alpha1.CanaryStatus{
		ObservedGeneration: 1, Phase: v1alpha1.CanaryProgressing, Message: "revision 6d4f8 has weight 20",
		Conditions:     conditions(true, ""),
		Run:            &v1alpha1.CanaryRun{Revision: "6d4f8", StartedAt: ago(3 * time.Minute)},
		Step:           1,
		Position:       &v1alpha1.Position{Step: "weight 20", Since: ago(2 * time.Minute), WaitingFor: "100 requests"},
		AcknowledgedAt: &acknowledged, Deadline: &deadline,
		Weight:  &v1alpha1.CanaryWeight{Desired: 20, Acknowledged: 20, Observed: resource.NewMilliQuantity(19870, resource.DecimalSI)},
		Proxies: &v1alpha1.Acknowledgement{Acknowledged: 3, Total: 3},
		Evidence: &v1alpha1.Evidence{
			Canary: v1alpha1.Counts{Requests: 900, Errors: 3, Reasons: map[string]int64{"status5xx": 2, "reset": 1}}, Stable: v1alpha1.Counts{Requests: 9000, Errors: 9},
			StepCanary: v1alpha1.Counts{Requests: 60}, StepStable: v1alpha1.Counts{Requests: 240, Errors: 1},
			Tests: []v1alpha1.TestState{{Metric: v1alpha1.MetricErrors, Pods: []string{"shop/reviews-v2-a"}}},
		},
		Metrics: []v1alpha1.MetricReading{
			{Name: "queue", State: v1alpha1.MetricBad, Message: "11, at most 10 is allowed", Bad: 2, Time: ago(20 * time.Second)},
		},
		LastVerdict: &v1alpha1.Verdict{
			Result: v1alpha1.VerdictInconclusive, Reason: "TooFewRequests", Message: "60 of 100 requests", Time: ago(5 * time.Second), Weight: 20,
			Canary: v1alpha1.Counts{Requests: 900, Errors: 3}, Stable: v1alpha1.Counts{Requests: 9000, Errors: 9}, E: "0.8", Threshold: "100",
		},
		LastCommand: &v1alpha1.Command{Action: v1alpha1.ActionRetry, Actor: "ada", Time: ago(3 * time.Minute), Revision: "6d4f8"},
		History: []v1alpha1.CanaryRecord{
			{Revision: "5c3e7", StartedAt: ago(26 * time.Hour), EndedAt: ago(25 * time.Hour), Phase: v1alpha1.CanaryRolledBack, Reason: "Harm", Message: "11 of 200 requests failed",
				Verdict: &v1alpha1.Verdict{Result: v1alpha1.VerdictFail, Weight: 20, E: "117", Threshold: "100"}},
			{Revision: "4b2d6", StartedAt: ago(50 * time.Hour), EndedAt: ago(49 * time.Hour), Phase: v1alpha1.CanaryRolledBack, Reason: "Aborted", Message: "aborted by eve"},
		},
	}
	return c
}

// golden compares a text with a file, or writes it when GOLDEN=write.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".txt")
	if os.Getenv("GOLDEN") == "write" {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}
