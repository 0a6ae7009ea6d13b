package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/weft-mesh/weft/test/bench/peers/talk"
)

// The crowd is the one rig of this size that a mesh has published figures for.
const (
	crowdSize   = 400
	crowdCores  = 1.5
	crowdMemory = 512 << 20
	crowdRounds = 3
	crowdBudget = 2 * time.Second
)

// crowd is how a control plane with few resources met many proxies at once.
type crowd struct {
	name      string
	times     []time.Duration
	cpu       []time.Duration
	peak      int64
	responses int64 // to one client, as are bytes
	bytes     int64
	openings  string
	starved   int // rounds in which the server was ended for want of memory
}

// took is a time of the rounds that came to an end: 0 the fastest, 1 the slowest, or a word if there is none.
func (c *crowd) took(part float64) string {
	if len(c.times) == 0 {
		return "never"
	}
	return seconds(c.times[int(part*float64(len(c.times)-1)+0.5)])
}

// crowds lets many clients connect at the same moment, to a server that nobody was connected to before.
func (b *bench) crowds(ctx context.Context) ([]*crowd, error) {
	all := []*crowd{
		{name: weft, openings: "500 a second"},
		{name: istio, openings: "25 a second, its default for 2 cores"},
		{name: istio, openings: "none: lifted"},
	}
	for round := range crowdRounds {
		for i, c := range all {
			var more []string
			if i == 2 {
				more = []string{"-unlimited"}
			}
			if err := b.crowd(ctx, c, fmt.Sprintf("weft-bench-%d-%d-%d", os.Getpid(), round, i), more); err != nil {
				return nil, fmt.Errorf("%d clients of %s: %w", crowdSize, c.name, err)
			}
		}
	}
	b.progress("%d clients at once: %d times each", crowdSize, crowdRounds)
	return all, nil
}

func (b *bench) crowd(ctx context.Context, c *crowd, group string, more []string) error {
	limits, err := newGroup(group, crowdCores, crowdMemory)
	if err != nil {
		return err
	}
	defer limits.remove()
	p, err := b.tools.pair(ctx, limits, c.name, meshServices, more...)
	if err != nil {
		return err
	}
	defer p.end()
	begun, ended, err := p.connect(crowdSize)
	if err != nil && limits.starved() {
		c.starved, c.peak = c.starved+1, crowdMemory
		return nil
	}
	if err != nil {
		return err
	}
	after, err := p.server.ask(talk.Command{Do: "processor"})
	if err != nil {
		return err
	}
	peak, err := limits.used()
	if err != nil {
		return err
	}
	c.times, c.cpu = append(c.times, ended.At.Sub(begun.At)), append(c.cpu, after.Usage.CPU-begun.Usage.CPU)
	c.peak = max(c.peak, peak)
	c.responses, c.bytes = ended.Traffic.Responses/crowdSize, ended.Traffic.Bytes/crowdSize
	return nil
}

func (b *bench) tellCrowds(ctx context.Context) error {
	all, err := b.crowds(ctx)
	if err != nil {
		return err
	}
	p := b.page
	p.say("## %d proxies at once, on %.1f cores with %d MB", crowdSize, crowdCores, crowdMemory>>20)
	p.say("The server is in a cgroup with these limits and has met no client before; the %d Services are the same. All clients connect at the "+
		"same moment; one that is refused comes again as an Envoy does. Time runs until the last one has acknowledged everything that there is for it. The clients have what is left of the cores. Each was done %d times. "+
		"A peer (OSM, since given up) published 40-90 s for %d pods on such a rig; that was with Envoys and a cluster, so it is not the same.",
		meshServices, crowdRounds, crowdSize)
	var rows [][]string
	for _, c := range all {
		slices.Sort(c.times)
		rows = append(rows, []string{
			c.name, c.openings, c.took(0), c.took(0.5), c.took(1),
			seconds(mean(c.cpu)), amount(c.peak), fmt.Sprintf("%d responses, %s", c.responses, amount(c.bytes)), fmt.Sprintf("%d of %d", c.starved, crowdRounds),
		})
	}
	p.table([]string{"", "limit of new streams", "fastest", "median", "slowest", "CPU", "most memory", "sent to one client", "ended for want of memory"}, rows)
	p.judge(fmt.Sprintf("%d proxies, %.1f cores, %d MB: all have everything", crowdSize, crowdCores, crowdMemory>>20), "under 2 s",
		fmt.Sprintf("%s (Istio %s; without its limit %s)", all[0].took(0.5), all[1].took(0.5), all[2].took(0.5)),
		all[0].starved == 0 && all[0].times[len(all[0].times)/2] < crowdBudget)
	return nil
}
