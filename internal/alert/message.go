package alert

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/rollout"
)

// Message is for one receiver.
type Message struct {
	// Alert is the name of the alert that it comes from.
	Alert string
	// Secret and Key say where the URL stands in the operator's namespace.
	Secret, Key string
	Body        []byte
}

// worthTelling are the reasons that an alert without a list of its own sends.
var worthTelling = []string{
	rollout.ReasonRollbackStarted, rollout.ReasonRolledBack, rollout.ReasonPromoted, rollout.ReasonUnjudged,
	rollout.ReasonInconclusiveHold, rollout.ReasonInconclusivePromoted, rollout.ReasonAcknowledgementTimeout,
	rollout.ReasonCapacity, rollout.ReasonStableServing, rollout.ReasonOnePodFailing, rollout.ReasonMetricsMissing,
	rollout.ReasonPaused,
}

// Messages are those about some events of a Canary, in order, for all alerts that want them.
func Messages(alerts []v1alpha1.Alert, c *v1alpha1.Canary, events []rollout.Event) []Message {
	var out []Message
	for _, a := range alerts {
		if len(a.Namespaces) > 0 && !slices.Contains(a.Namespaces, c.Namespace) {
			continue
		}
		wanted := a.Reasons
		if len(wanted) == 0 {
			wanted = worthTelling
		}
		for _, e := range events {
			if !slices.Contains(wanted, e.Reason) {
				continue
			}
			from := a.Slack.URLFrom
			out = append(out, Message{Alert: a.Name, Secret: from.Name, Key: keyOf(from), Body: body(c, e)})
		}
	}
	return out
}

// slack is the part of Slack's format that other chats understand as well.
type slack struct {
	Text        string       `json:"text"`
	Attachments []attachment `json:"attachments"`
}

type attachment struct {
	Fallback string `json:"fallback"`
	Color    string `json:"color"`
	Text     string `json:"text"`
}

func body(c *v1alpha1.Canary, e rollout.Event) []byte {
	color := "good"
	if e.Type == "Warning" {
		color = "danger"
	}
	about := ""
	if r := c.Status.Run; r != nil && r.Revision != "" {
		about = ", revision " + r.Revision
	}
	if w := c.Status.Weight; w != nil {
		about += fmt.Sprintf(", weight %d %%", w.Desired)
	}
	text := escape(e.Message)
	message := slack{
		Text: fmt.Sprintf("*%s* Canary %s/%s of Service %s%s", escape(e.Reason), c.Namespace, c.Name,
			escape(c.Spec.Service.Name), escape(about)),
		Attachments: []attachment{{Fallback: text, Color: color, Text: text}},
	}
	out, err := json.Marshal(message)
	if err != nil {
		return []byte(`{"text":"a message could not be written"}`) // strings always can be
	}
	return out
}

// escape keeps a text of the cluster from being a link or a mention.
func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}
