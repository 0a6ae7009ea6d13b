package view

import (
	"fmt"
	"strings"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// pods says how many pods of both versions a held rollout has, and how far a promotion is.
func pods(h *v1alpha1.CanaryHold) []string {
	if h == nil {
		return nil
	}
	lines := []string{fmt.Sprintf("%d of %d ready of the stable version (%s)", h.StableReady, h.Replicas, orNone(strings.Join(h.StableHashes, ", ")))}
	if h.Admitted > 0 || h.Size > 0 {
		lines = append(lines, fmt.Sprintf("%d of the new one, %d of them wait to be released", h.Admitted, h.Waiting))
	}
	if h.PromotingHash != "" {
		lines = append(lines, fmt.Sprintf("%s takes over, wave %d of 5", h.PromotingHash, h.Wave))
	}
	return lines
}

// holdFindings are what should be known about a held rollout.
func holdFindings(h *v1alpha1.CanaryHold) []string {
	if h == nil {
		return nil
	}
	var lines []string
	for _, f := range h.Findings {
		lines = append(lines, fmt.Sprintf("%s %s: %s", f.Level, f.Reason, f.Message))
	}
	return lines
}
