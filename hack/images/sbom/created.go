package sbom

import (
	"fmt"
	"runtime/debug"
	"strconv"
	"time"
)

// Created is the time that a reproducible document gives: sourceDateEpoch (seconds since the Unix epoch, from the
// environment variable of that name), else the time of the program's commit, else the Unix epoch.
func Created(sourceDateEpoch string, info *debug.BuildInfo) (time.Time, error) {
	if sourceDateEpoch != "" {
		seconds, err := strconv.ParseInt(sourceDateEpoch, 10, 64)
		if err != nil {
			return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
		}
		return time.Unix(seconds, 0), nil
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.time" {
			return time.Parse(time.RFC3339, s.Value)
		}
	}
	return time.Unix(0, 0), nil
}
