package rollout

// Reasons of events, verdicts, records and conditions. Programs may compare them.
const (
	// Of a run's course.
	ReasonRevisionDetected = "RevisionDetected"
	ReasonSuperseded       = "Superseded"
	ReasonStepStarted      = "StepStarted"
	ReasonStepAcknowledged = "StepAcknowledged"
	ReasonStepPassed       = "StepPassed"
	ReasonPromotionStarted = "PromotionStarted"
	ReasonPromoted         = "Promoted"
	ReasonUnjudged         = "Unjudged"
	ReasonRollbackStarted  = "RollbackStarted"
	ReasonRolledBack       = "RolledBack"
	ReasonWorkloadsChanged = "WorkloadsChanged"

	// Of harm.
	ReasonVerdictHarm   = "VerdictHarm"
	ReasonErrorRate     = "ErrorRate"
	ReasonLatency       = "Latency"
	ReasonMetric        = "Metric"
	ReasonNoServingPods = "NoServingPods"
	ReasonNoHarm        = "NoHarm"

	// Of waiting. They stand in front of position.waitingFor.
	ReasonAcknowledgement = "Acknowledgement"
	ReasonReplicas        = "Replicas"
	ReasonFrozen          = "Frozen"
	ReasonDuration        = "Duration"
	ReasonRequests        = "Requests"
	ReasonOutcomesLost    = "OutcomesLost"
	ReasonMetrics         = "Metrics"
	ReasonMetricsMissing  = "MetricsMissing"
	ReasonOnePodFailing   = "OnePodFailing"
	ReasonCapacity        = "CapacityHold"
	ReasonWave            = "Wave"
	ReasonStableServing   = "StableNotServing"
	ReasonWebhook         = "WebhookHold"
	ReasonConfigUnknown   = "ConfigUnknown"

	// Of a deadline that passed, by what was missing.
	ReasonDeadlineExceeded       = "DeadlineExceeded"
	ReasonAcknowledgementTimeout = "AcknowledgementTimeout"
	ReasonNoTraffic              = "NoTraffic"
	ReasonNotEnoughRequests      = "NotEnoughRequests"
	ReasonCapacityTimeout        = "CapacityTimeout"
	ReasonWebhookTimeout         = "WebhookTimeout"
	ReasonInconclusiveHold       = "InconclusiveHold"
	ReasonInconclusivePromoted   = "InconclusivePromoted"

	// Of commands.
	ReasonAborted        = "Aborted"
	ReasonForced         = "Forced"
	ReasonRetried        = "Retried"
	ReasonPaused         = "Paused"
	ReasonResumed        = "Resumed"
	ReasonCommandRefused = "CommandRefused"

	// Of the state as a whole.
	ReasonEvidenceLost = "EvidenceLost"
	ReasonAccepted     = "Accepted"
	ReasonApplied      = "Applied"
)
