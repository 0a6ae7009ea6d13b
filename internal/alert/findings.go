package alert

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model"
)

// Reasons of findings about alerts. Programs may compare them.
const (
	ReasonSecretNotFound   = "SecretNotFound"
	ReasonSecretKeyMissing = "SecretKeyMissing"
)

// Findings are about alerts of a Mesh that can't be sent, because the Secret is missing that says where to, or its key.
// Keys are those of each Secret in the operator's namespace; a Secret that is not in it does not exist.
func Findings(m *v1alpha1.Mesh, namespace string, keys map[string][]string) []model.Finding {
	var out []model.Finding
	for i, a := range m.Spec.Alerts {
		from := a.Slack.URLFrom
		f := model.Finding{Kind: "Mesh", Name: m.Name, Field: fmt.Sprintf("spec.alerts[%d].slack.urlFrom", i)}
		has, found := keys[from.Name]
		switch {
		case !found:
			f.Reason, f.Message = ReasonSecretNotFound, fmt.Sprintf("alert %s is not sent: there is no Secret %s in namespace %s", a.Name, from.Name, namespace)
		case !slices.Contains(has, keyOf(from)):
			f.Reason, f.Message = ReasonSecretKeyMissing, fmt.Sprintf("alert %s is not sent: Secret %s in namespace %s has no key %s", a.Name, from.Name, namespace, keyOf(from))
		default:
			continue
		}
		out = append(out, f)
	}
	return out
}

func keyOf(from v1alpha1.SecretKey) string { return cmp.Or(from.Key, "url") }
