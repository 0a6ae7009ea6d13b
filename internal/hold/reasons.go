package hold

// Reasons of refusals and findings. Programs may compare them.
const (
	ReasonTargetNotFound          = "TargetNotFound"
	ReasonNotBehindService        = "TargetNotBehindService"
	ReasonStrategyRecreate        = "StrategyRecreate"
	ReasonSurgeTooSmall           = "SurgeTooSmall"
	ReasonStableCapacityReduced   = "StableCapacityReduced"
	ReasonStableAtZero            = "StableAtZero"
	ReasonUngated                 = "Ungated"
	ReasonMaxUnavailableSet       = "MaxUnavailableSet"
	ReasonProgressDeadlineShort   = "ProgressDeadlineShort"
	ReasonHistoryLimitZero        = "HistoryLimitZero"
	ReasonAutoscalerDamped        = "AutoscalerDamped"
	ReasonDisruptionBudgetBlocked = "DisruptionBudgetBlocked"
	ReasonNotReadyPublished       = "NotReadyPublished"
	ReasonNothingToCompare        = "NothingToCompare"
)
