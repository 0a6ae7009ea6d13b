package main

import "fmt"

// canary is the part of a Canary that this demo reads.
type canary struct {
	Metadata struct {
		Generation int64 `json:"generation"`
	} `json:"metadata"`
	Status canaryStatus `json:"status"`
}

type canaryStatus struct {
	ObservedGeneration int64  `json:"observedGeneration"`
	Phase              string `json:"phase"`
	Message            string `json:"message"`
	Run                struct {
		Revision string   `json:"revision"`
		Canary   selector `json:"canary"`
	} `json:"run"`
	Weight struct {
		Desired      int    `json:"desired"`
		Acknowledged int    `json:"acknowledged"`
		Observed     string `json:"observed"`
	} `json:"weight"`
	AcknowledgedAt string          `json:"acknowledgedAt"`
	Proxies        acknowledgement `json:"proxies"`
	Position       struct {
		Sequence   int64  `json:"sequence"`
		WaitingFor string `json:"waitingFor"`
	} `json:"position"`
	LastVerdict *verdict    `json:"lastVerdict"`
	Conditions  []condition `json:"conditions"`
}

type selector struct {
	MatchLabels map[string]string `json:"matchLabels"`
}

type condition struct {
	Type    string `json:"type"`
	Status  string `json:"status"`
	Message string `json:"message"`
}

type verdict struct {
	Result    string `json:"result"`
	Reason    string `json:"reason"`
	Time      string `json:"time"`
	Weight    int    `json:"weight"`
	Canary    counts `json:"canary"`
	Stable    counts `json:"stable"`
	E         string `json:"e"`
	Threshold string `json:"threshold"`
}

type counts struct {
	Requests int            `json:"requests"`
	Errors   int            `json:"errors"`
	Reasons  map[string]int `json:"reasons"`
}

// Phases of a run that this demo waits for.
const (
	progressing = "Progressing"
	rollingBack = "RollingBack"
	rolledBack  = "RolledBack"
	promoted    = "Promoted"
)

// about says whether the status is about the release of a version, and not about the one before.
func (c canary) about(version string) bool {
	return c.Status.ObservedGeneration == c.Metadata.Generation && c.Status.Run.Canary.MatchLabels["version"] == version
}

// refused is why the operator does not honour the Canary; empty: it does.
func (c canary) refused() string {
	for _, condition := range c.Status.Conditions {
		if condition.Type == "Accepted" && condition.Status == "False" {
			return condition.Message
		}
	}
	return ""
}

func (s canaryStatus) ended() bool { return s.Phase == rolledBack || s.Phase == promoted }

func (v verdict) String() string {
	return fmt.Sprintf("%s (%s): %d of %d requests to the new version failed, %d of %d to the old one; E %s, harm from %s on",
		v.Result, v.Reason, v.Canary.Errors, v.Canary.Requests, v.Stable.Errors, v.Stable.Requests, v.E, v.Threshold)
}

// same says that two verdicts are one finding.
func (v *verdict) same(other *verdict) bool {
	if v == nil || other == nil {
		return v == other
	}
	return v.Result == other.Result && v.Weight == other.Weight && v.Time == other.Time
}
