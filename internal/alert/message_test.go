package alert

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/rollout"
)

func web() *v1alpha1.Canary {
	c := &v1alpha1.Canary{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"}}
	c.Spec.Service.Name = "web"
	c.Status.Run = &v1alpha1.CanaryRun{Revision: "h2"}
	c.Status.Weight = &v1alpha1.CanaryWeight{Desired: 20}
	return c
}

func to(name string) v1alpha1.Alert {
	return v1alpha1.Alert{Name: name, Slack: v1alpha1.SlackReceiver{URLFrom: v1alpha1.SecretKey{Name: "chat"}}}
}

func TestWhoIsToldWhat(t *testing.T) {
	all, other, some := to("all"), to("other"), to("some")
	other.Namespaces = []string{"pay"}
	some.Namespaces, some.Reasons, some.Slack.URLFrom.Key = []string{"shop"}, []string{rollout.ReasonStepStarted}, "hook"
	events := []rollout.Event{{Reason: rollout.ReasonStepStarted}, {Reason: rollout.ReasonRollbackStarted}}
	var got [][3]string
	for _, m := range Messages([]v1alpha1.Alert{all, other, some}, web(), events) {
		got = append(got, [3]string{m.Alert, m.Secret, m.Key})
	}
	if diff := cmp.Diff([][3]string{{"all", "chat", "url"}, {"some", "chat", "hook"}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// canary.md 5: a source of metrics that is away is told to people.
func TestAMissingNumberIsToldWithoutAsking(t *testing.T) {
	events := []rollout.Event{{Reason: rollout.ReasonMetricsMissing}}
	if got := Messages([]v1alpha1.Alert{to("all")}, web(), events); len(got) != 1 {
		t.Errorf("%d messages, want 1", len(got))
	}
}

func TestBody(t *testing.T) {
	for _, c := range []struct {
		event rollout.Event
		want  string
	}{
		{rollout.Event{Type: "Warning", Reason: "RollbackStarted", Message: "ErrorRate: 4 of 20 failed <!channel> & more"},
			`{"text":"*RollbackStarted* Canary shop/web of Service web, revision h2, weight 20 %","attachments":[{"fallback":` +
				`"ErrorRate: 4 of 20 failed \u0026lt;!channel\u0026gt; \u0026amp; more","color":"danger","text":` +
				`"ErrorRate: 4 of 20 failed \u0026lt;!channel\u0026gt; \u0026amp; more"}]}`},
		{rollout.Event{Type: "Normal", Reason: "Promoted", Message: "done"},
			`{"text":"*Promoted* Canary shop/web of Service web, revision h2, weight 20 %","attachments":[{"fallback":"done","color":"good","text":"done"}]}`},
	} {
		if diff := cmp.Diff(c.want, string(body(web(), c.event))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}
