package policy

import (
	"encoding/json"
	"fmt"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// Limits of what one status holds. The first is that of the schema. The second leaves room for spec and managed fields
// in the 1.5 MiB that etcd takes by default.
const (
	mostAccepts   = 16
	mostBytes     = 512 << 10
	reasonBusy    = "TooManyGenerations"
	reasonTooBig  = "TooLarge"
	reasonUnknown = "Conflict"
)

// problem is why a change doesn't begin.
type problem struct{ reason, message string }

// refusal looks at a change that would begin or go on. A deletion is never refused.
func refusal(in Input, c change) *problem {
	if c.deletes() {
		return nil
	}
	if in.Conflict != "" || in.ConflictReason != "" {
		reason := in.ConflictReason
		if reason == "" {
			reason = reasonUnknown
		}
		return &problem{reason, in.Conflict}
	}
	if s := in.Policy.Status; s.Position == nil || s.Position.Change != c.name {
		return room(s, c)
	}
	return nil
}

// room says whether a status can hold the rules that may be in force while the change is under way.
func room(s v1alpha1.PolicyStatus, c change) *problem {
	n := widened(*s.DeepCopy(), c)
	if n == nil {
		return nil
	}
	if len(n.Accepts) > mostAccepts {
		return &problem{reasonBusy, fmt.Sprintf("the proxies have not acknowledged %d earlier generations; this one begins when they have; a pod whose proxy doesn't answer can be deleted", mostAccepts)}
	}
	bytes, err := json.Marshal(v1alpha1.PolicyStatus{Envoy: c.access, Network: n})
	if err != nil {
		return &problem{reasonTooBig, "spec.access: " + err.Error()}
	}
	if len(bytes) > mostBytes {
		return &problem{reasonTooBig, fmt.Sprintf("spec.access: the rules before and after the change take %d bytes in the status, more than %d; divide the Policy", len(bytes), mostBytes)}
	}
	return nil
}
