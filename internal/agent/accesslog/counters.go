package accesslog

import (
	"cmp"
	"crypto/rand"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	accesslogv3 "github.com/envoyproxy/go-control-plane/envoy/data/accesslog/v3"

	"github.com/weft-mesh/weft/internal/outcome"
	"github.com/weft-mesh/weft/internal/protocol/agentv1"
)

// maxKeys bounds the counters of one agent.
const maxKeys = 4096

// keptFor is how long counters are kept when there is no room for another one. They are those of releases that ended.
const keptFor = time.Hour

type key struct{ route, cluster, host, outcome string }

type counter struct {
	requests uint64
	seconds  seconds
	slow     []slow
}

// slow counts the requests that took longer than an edge of the route.
type slow struct {
	edge     time.Duration
	requests uint64
	seconds  seconds
}

func newCounter(route string) *counter {
	c := &counter{}
	_, edges := outcome.SplitRoute(route)
	for _, e := range edges {
		c.slow = append(c.slow, slow{edge: e})
	}
	return c
}

// add counts a request that ended in a second.
func (c *counter) add(took time.Duration, second int64) {
	c.requests++
	c.seconds.add(second)
	for i := range c.slow {
		if s := &c.slow[i]; took > s.edge {
			s.requests++
			s.seconds.add(second)
		}
	}
}

// Counters sum the outcomes of requests and connections since the agent's start. When they are full, they start anew at 0
// under another boot id, as those of a new agent do; what was not reported by then is lost. When they are full again within
// an hour, further keys are reported as dropped until the hour has passed.
type Counters struct {
	mu       sync.Mutex
	bootID   string
	since    time.Time
	counters map[key]*counter
	dropped  uint64
	changes  uint64
}

// NewCounters counts the requests of judged routes.
func NewCounters(bootID string) *Counters {
	return &Counters{bootID: bootID, counters: map[key]*counter{}}
}

// Add counts one request. An entry without times counts for the second of now.
func (c *Counters) Add(entry *accesslogv3.HTTPAccessLogEntry, now time.Time) {
	common := entry.GetCommonProperties()
	if common.GetAccessLogType() == accesslogv3.AccessLogType_DownstreamPeriodic || !strings.HasPrefix(common.GetRouteName(), outcome.Judged) {
		return
	}
	c.count(key{
		route: common.GetRouteName(), cluster: common.GetUpstreamCluster(),
		host: hostPort(common.GetUpstreamRemoteAddress()), outcome: Classify(entry),
	}, common, now)
}

// AddConnection counts one connection of TCP at its end. An entry without times counts for the second of now.
func (c *Counters) AddConnection(entry *accesslogv3.TCPAccessLogEntry, now time.Time) {
	common := entry.GetCommonProperties()
	tags := common.GetCustomTags()
	if common.GetAccessLogType() != accesslogv3.AccessLogType_TcpConnectionEnd || !strings.HasPrefix(tags[outcome.TagRoute], outcome.Judged) {
		return
	}
	c.count(key{
		route: tags[outcome.TagRoute], cluster: tags[outcome.TagCluster],
		host: hostPort(common.GetUpstreamRemoteAddress()), outcome: ClassifyConnection(entry),
	}, common, now)
}

func (c *Counters) count(k key, common *accesslogv3.AccessLogCommon, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changes++
	if c.since.IsZero() {
		c.since = now
	}
	counted, ok := c.counters[k]
	if !ok {
		if len(c.counters) >= maxKeys {
			if now.Sub(c.since) < keptFor {
				c.dropped++
				return
			}
			c.bootID, c.since, c.dropped, c.counters = rand.Text(), now, 0, map[key]*counter{}
		}
		counted = newCounter(k.route)
		c.counters[k] = counted
	}
	counted.add(common.GetDuration().AsDuration(), ended(common, now).Unix())
}

// Report is every counter, sorted, and a number that rises with each change.
func (c *Counters) Report() (*agentv1.Outcomes, uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	report := &agentv1.Outcomes{BootId: c.bootID, Dropped: c.dropped}
	for k, counted := range c.counters {
		o := &agentv1.OutcomeCounter{
			Route: k.route, Cluster: k.cluster, Host: k.host, Outcome: k.outcome,
			Requests: counted.requests, BadSeconds: counted.seconds.count,
		}
		for _, s := range counted.slow {
			o.Slow, o.SlowSeconds = append(o.Slow, s.requests), append(o.SlowSeconds, s.seconds.count)
		}
		report.Counters = append(report.Counters, o)
	}
	slices.SortFunc(report.Counters, func(a, b *agentv1.OutcomeCounter) int {
		return cmp.Or(cmp.Compare(a.Route, b.Route), cmp.Compare(a.Cluster, b.Cluster),
			cmp.Compare(a.Host, b.Host), cmp.Compare(a.Outcome, b.Outcome))
	})
	return report, c.changes
}

func ended(common *accesslogv3.AccessLogCommon, now time.Time) time.Time {
	if common.GetStartTime() == nil {
		return now
	}
	return common.GetStartTime().AsTime().Add(common.GetDuration().AsDuration())
}

func hostPort(address *corev3.Address) string {
	socket := address.GetSocketAddress()
	if socket == nil {
		return ""
	}
	return net.JoinHostPort(socket.GetAddress(), strconv.FormatUint(uint64(socket.GetPortValue()), 10))
}
