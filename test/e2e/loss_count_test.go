//go:build soak

package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

const (
	leastRate = 200              // requests a second
	patience  = 10 * time.Second // of the load, for one answer
)

// lossCount is all that the load has counted so far, or between two moments.
type lossCount struct {
	loadSummary
	Fresh   int       `json:"onNewConnection"`
	Posts   int       `json:"withBody"`
	Stream  longCount `json:"stream"`
	Session longCount `json:"session"`
}

// longCount is of a conversation that stays open.
type longCount struct {
	Messages int    `json:"messages"`
	Moved    int    `json:"moved"`
	Failed   int    `json:"failed"`
	Failure  string `json:"lastFailure"`
}

func readLoss(ns string) (c lossCount) {
	GinkgoHelper()
	Expect(json.Unmarshal([]byte(getFrom(ns, "load", "http://127.0.0.1:8081/summary")), &c)).To(Succeed())
	return c
}

// settledLoss waits until every request that is under way has been answered or given up.
func settledLoss(ns string) lossCount {
	GinkgoHelper()
	begin := readLoss(ns).Seconds
	var c lossCount
	Eventually(func() float64 {
		c = readLoss(ns)
		return c.Seconds
	}).WithPolling(time.Second).Should(BeNumerically(">", begin+patience.Seconds()))
	return c
}

// since is what was counted between two moments.
func (c lossCount) since(was lossCount) lossCount {
	out := c
	out.Seconds -= was.Seconds
	out.Sent, out.Succeeded, out.Failed = c.Sent-was.Sent, c.Succeeded-was.Succeeded, c.Failed-was.Failed
	out.Fresh, out.Posts = c.Fresh-was.Fresh, c.Posts-was.Posts
	out.Stream, out.Session = c.Stream.since(was.Stream), c.Session.since(was.Session)
	out.Failures, out.Versions = map[string]int{}, maps.Clone(c.Versions)
	for reason, n := range c.Failures {
		if n -= was.Failures[reason]; n > 0 {
			out.Failures[reason] = n
		}
	}
	for name, v := range out.Versions {
		v.Succeeded -= was.Versions[name].Succeeded
		v.Failed -= was.Versions[name].Failed
		out.Versions[name] = v
	}
	return out
}

func (c longCount) since(was longCount) longCount {
	return longCount{c.Messages - was.Messages, c.Moved - was.Moved, c.Failed - was.Failed, c.Failure}
}

// row is a line of the table in the report.
func (c lossCount) row(event string, retried int) string {
	return fmt.Sprintf("%-20s | %3.0f s | sent %5d, %5d on new connections, %5d with a body | failed %d by version %s, by reason %s | "+
		"stream %4d messages, %d breaks | session %4d messages, %d breaks | retries %d",
		event, c.Seconds, c.Sent, c.Fresh, c.Posts, c.Failed, listed(c.failedIn()), listed(c.Failures),
		c.Stream.Messages, c.Stream.Failed, c.Session.Messages, c.Session.Failed, retried)
}

// failedIn has the versions that answered wrongly, and "none" for no answer.
func (c lossCount) failedIn() map[string]int {
	failed := map[string]int{}
	for name, v := range c.Versions {
		if v.Failed > 0 {
			failed[name] = v.Failed
		}
	}
	return failed
}

func listed(counts map[string]int) string {
	parts := []string{}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%s: %d", name, counts[name]))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
