package main

import (
	"fmt"
	"strings"
)

// news has a line for each thing that has changed between two states of a release.
func news(r release, before, now canaryStatus) []string {
	var lines []string
	say := func(format string, args ...any) { lines = append(lines, "reviews: "+fmt.Sprintf(format, args...)) }
	if !now.LastVerdict.same(before.LastVerdict) && now.LastVerdict != nil {
		say("verdict at %d %%: %s", now.LastVerdict.Weight, now.LastVerdict)
		if reasons := reasonsOf(now.LastVerdict.Canary); reasons != "" {
			say("errors of %s: %s", r.version, reasons)
		}
	}
	entered := now.Phase != before.Phase
	if entered && !now.ended() {
		say("%s", phase(r, now))
	}
	if weight := now.Weight.Desired; weight != before.Weight.Desired && weight > 0 {
		say("%d %% of the requests to %s", weight, r.version)
	}
	if now.AcknowledgedAt != "" && (before.AcknowledgedAt == "" || now.Position.Sequence != before.Position.Sequence) {
		say("%d %% -> acknowledged by %d of %d proxies", now.Weight.Desired, now.Proxies.Acknowledged, now.Proxies.Total)
	}
	if entered && now.ended() {
		say("%s", phase(r, now))
	}
	if kind := waitingFor(now); kind != waitingFor(before) && worthTelling[kind] {
		say("waiting for %s", now.Position.WaitingFor)
	}
	return lines
}

func phase(r release, s canaryStatus) string {
	switch s.Phase {
	case "Waiting":
		return fmt.Sprintf("all requests to %s; waiting for pods of %s", r.stable, r.version)
	case progressing:
		return fmt.Sprintf("%s is judged (revision %s)", r.version, s.Run.Revision)
	case rollingBack:
		return fmt.Sprintf("ROLLING BACK %s: its share is taken away", r.version)
	}
	return s.Phase + ": " + s.Message
}

func waitingFor(s canaryStatus) string {
	kind, _, _ := strings.Cut(s.Position.WaitingFor, ":")
	return kind
}

// worthTelling leaves out what a step always waits for.
var worthTelling = map[string]bool{
	"CapacityHold": true, "OnePodFailing": true, "StableNotServing": true, "AcknowledgementTimeout": true, "Frozen": true,
}
