package alert

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model"
)

func TestAlertsThatCantBeSent(t *testing.T) {
	m := &v1alpha1.Mesh{ObjectMeta: metav1.ObjectMeta{Name: "default"}}
	hook := to("hook")
	hook.Slack.URLFrom.Key = "hook"
	m.Spec.Alerts = []v1alpha1.Alert{to("ops"), hook}
	finding := func(field, reason, message string) model.Finding {
		return model.Finding{Kind: "Mesh", Name: "default", Field: field, Reason: reason, Message: message}
	}
	for name, c := range map[string]struct {
		keys map[string][]string
		want []model.Finding
	}{
		"the Secret has both keys": {map[string][]string{"chat": {"hook", "url"}}, nil},
		"it lacks one": {map[string][]string{"chat": {"url"}}, []model.Finding{
			finding("spec.alerts[1].slack.urlFrom", "SecretKeyMissing", "alert hook is not sent: Secret chat in namespace weft-system has no key hook"),
		}},
		"there is none": {map[string][]string{"other": {"url"}}, []model.Finding{
			finding("spec.alerts[0].slack.urlFrom", "SecretNotFound", "alert ops is not sent: there is no Secret chat in namespace weft-system"),
			finding("spec.alerts[1].slack.urlFrom", "SecretNotFound", "alert hook is not sent: there is no Secret chat in namespace weft-system"),
		}},
	} {
		if diff := cmp.Diff(c.want, Findings(m, "weft-system", c.keys)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
