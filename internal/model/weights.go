package model

import (
	"fmt"
	"math"
)

// wholeShare is what a Canary divides: its shares are in percent.
const wholeShare = 100

// largestSum is how much the weights of a rule may sum to. Multiplied by the shares of a Canary the sum still fits into
// the 32 bits that Envoy has for it. The CRD lets no more than 16 times 1,000,000 through.
const largestSum = math.MaxUint32 / wholeShare

// weightOf is the share of a backend, relative to the others of its rule.
func weightOf(ref userBackend) int32 {
	if ref.Weight == nil {
		return 1
	}
	return *ref.Weight
}

// weightsOf says what is wrong with the weights of a rule. They are never rounded: what can't be divided exactly is refused.
func weightsOf(refs []userBackend) (problem string) {
	sum := int64(0)
	for i, ref := range refs {
		if weightOf(ref) < 0 {
			return fmt.Sprintf("weight %d of backend %d is negative", weightOf(ref), i)
		}
		sum += int64(weightOf(ref))
	}
	if sum > largestSum {
		return fmt.Sprintf("the weights sum to %d, and %d is the most", sum, int64(largestSum))
	}
	return ""
}
