//go:build soak

package e2e

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
)

// repeat does something again and again, until stop, which says how often it was done.
func repeat(period time.Duration, do func()) (stop func() int) {
	end, ended := make(chan struct{}), make(chan int)
	go func() {
		defer GinkgoRecover()
		times := 0
		defer func() { ended <- times }()
		tick := time.NewTicker(period)
		defer tick.Stop()
		for {
			select {
			case <-end:
				return
			case <-tick.C:
				do()
				times++
			}
		}
	}()
	return func() int {
		close(end)
		return <-ended
	}
}
