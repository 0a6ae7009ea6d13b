package main

import (
	"context"
	"fmt"
	"time"

	"github.com/weft-mesh/weft/docs/plots/curve"
	"github.com/weft-mesh/weft/test/bench/peers/town"
)

const judgedSize = 1000

func (b *bench) tellChanges(ctx context.Context) error {
	m, err := b.changes(ctx)
	if err != nil {
		return err
	}
	p := b.page
	p.say("## One change to the last acknowledgement")
	p.say("%d Services of three pods, %d of them with a route. The clients are in another process, each with its own "+
		"connection and one delta ADS stream, spread over the %d workloads. They acknowledge everything and apply nothing. "+
		"Time runs from the change until the last client has sent its acknowledgement; processor time is the server's alone, user and "+
		"system, until nothing came for %d ms. With fewer than 100 changes the p99 is the slowest one. The change is given to both where their watches of the API server would "+
		"give it: weft makes the namespace's endpoints and then its whole world again; Istio gets `EDSUpdate`, or an updated VirtualService in its "+
		"configuration store. Changes are made in turn. Both servers run all the time, and share the cores with the clients.",
		meshServices, town.Routes, meshServices, settle)
	p.say("**Istio's debounce is set to 0.** By default it waits until it was quiet for 100 ms, at most 10 s; what that adds is below the table.")
	p.say("**gRPC alone** is no control plane. For an address that changes it writes one ready-made response to each stream and reads the answers, " +
		"with the same library and options as weft: less than that no server written with it can take.")
	for _, change := range []town.Change{town.Endpoint, town.Route} {
		p.say("### %s", map[string]string{"endpoint": "A pod has another address", "route": "A route matches another path"}[change.Do])
		b.tellChange(m, change.Do)
	}
	b.judgeChanges(m)
	if err := b.debounced(ctx); err != nil {
		return err
	}
	b.tellMemory(m)
	return nil
}

func (b *bench) tellChange(m *measured, change string) {
	var rows [][]string
	lines := map[string][]curve.Point{}
	for _, size := range m.sizes {
		ours, theirs := m.cells[cellKey{weft, change, size}], m.cells[cellKey{istio, change, size}]
		row := []string{
			fmt.Sprint(size), fmt.Sprint(len(ours.times)),
			millis(part(ours.times, 50)), millis(part(theirs.times, 50)),
			millis(part(ours.times, 99)), millis(part(theirs.times, 99)), ratio(part(theirs.times, 99), part(ours.times, 99)),
			millis(mean(ours.cpu)), millis(mean(theirs.cpu)), ratio(mean(theirs.cpu), mean(ours.cpu)),
			ours.perChange(size), theirs.perChange(size),
		}
		series := map[string]*cell{weft: ours, istio: theirs}
		if least := m.cells[cellKey{bare, change, size}]; least != nil {
			row = append(row, millis(part(least.times, 50)), millis(part(least.times, 99)), millis(mean(least.cpu)))
			series[bare] = least
		}
		rows = append(rows, row)
		for name, c := range series {
			lines[name+" cpu"] = append(lines[name+" cpu"], curve.Point{X: float64(size), Y: inMillis(mean(c.cpu))})
			lines[name+" p99"] = append(lines[name+" p99"], curve.Point{X: float64(size), Y: inMillis(part(c.times, 99))})
		}
	}
	head := []string{
		"clients", "changes", "weft p50", "Istio p50", "weft p99", "Istio p99", "p99, times less", "weft CPU", "Istio CPU", "CPU, times less",
		"weft, sent to one client", "Istio, sent to one client",
	}
	servers := []string{weft, istio}
	if lines[bare+" cpu"] != nil {
		head = append(head, bare+" p50", bare+" p99", bare+" CPU")
		servers = append(servers, bare)
	}
	b.page.table(head, rows)
	for _, what := range []struct{ of, title string }{{"cpu", "processor time of the server per change, ms"}, {"p99", "p99 of the time to the last acknowledgement, ms"}} {
		chart := curve.Chart{Title: change + ": " + what.title, X: "clients", Y: "ms"}
		for _, name := range servers {
			chart.Series = append(chart.Series, curve.Series{Name: name, Points: lines[name+" "+what.of]})
		}
		b.page.chart(fmt.Sprintf("%s-%s.svg", change, what.of), chart)
	}
}

func (c *cell) perChange(size int) string {
	all := int64(len(c.times) * size)
	return fmt.Sprintf("%.1f responses, %s", float64(c.responses)/float64(all), amount(c.bytes/all))
}

func (b *bench) judgeChanges(m *measured) {
	for _, change := range []string{"endpoint", "route"} {
		ours, theirs := m.cells[cellKey{weft, change, judgedSize}], m.cells[cellKey{istio, change, judgedSize}]
		if ours == nil {
			continue
		}
		for _, what := range []struct {
			name         string
			ours, theirs time.Duration
		}{
			{"server CPU", mean(ours.cpu), mean(theirs.cpu)},
			{"p99 of the time", part(ours.times, 99), part(theirs.times, 99)},
		} {
			b.page.judge(fmt.Sprintf("one %s change to the last of %d acknowledgements: %s", change, judgedSize, what.name), "at most 1/5 of Istio's, its debounce not counted",
				fmt.Sprintf("%s against %s: %s times less", millis(what.ours), millis(what.theirs), ratio(what.theirs, what.ours)), what.ours*5 <= what.theirs)
		}
	}
}
