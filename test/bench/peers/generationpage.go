package main

import (
	"context"
	"fmt"
	"strings"
)

// budgetOfGeneration is how many times less weft is to need.
const budgetOfGeneration = 5

func (b *bench) tellGeneration(ctx context.Context) error {
	all, err := b.generation(ctx)
	if err != nil {
		return err
	}
	p := b.page
	p.say("## Generation")
	p.say("What it takes to make all resources of one type for one proxy, from nothing, and to encode them. The shapes `http`, `tcp` and "+
		"`virtualservice` are those of Istio's own benchmarks, which run here as they are (100 Services, its cache off); weft's are the same with Services, pods and HTTPRoutes. "+
		"Routes of `virtualservice` have two matches; Istio's also rewrite the path. weft checks each resource by Envoy's rules before it encodes it. The least of %d runs in turn counts.",
		generationRuns)
	p.say("The two divide a mesh differently: for 100 HTTP Services Istio makes 3 listeners and 1 large route configuration, weft about 100 of each, so that a change touches one. " +
		"So the ratio in the table is for the same 100 Services. The budget is per resource: there it is larger by what weft has more of.")
	var rows [][]string
	for _, kind := range []string{"Cluster", "Listener", "Route"} {
		for _, shape := range []string{"http", "tcp", "virtualservice"} {
			if kind == "Route" && shape == "tcp" {
				continue
			}
			row, err := compare(all, kind+", "+shape, "Generation/"+kind+"/"+shape, kind+"Generation/"+shape)
			if err != nil {
				return err
			}
			rows = append(rows, row)
			b.judgeGeneration(kind, shape, all)
		}
	}
	for _, grid := range []string{"1/100", "10/10", "100/10", "1000/1"} {
		row, err := compare(all, "endpoints, "+strings.Replace(grid, "/", " in each of ", 1), "Generation/Endpoint/"+grid, "Endpoint/"+grid)
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	head := []string{
		"", "weft makes", "Istio makes", "weft, time", "Istio, time", "time, times less", "weft, allocations", "Istio, allocations", "allocations, times less", "bytes allocated, times less",
	}
	p.table(head, rows)
	p.say("Endpoints are made from the pods as they are by weft, and from Istio's index of endpoints, its cache emptied.")
	row, err := compare(all, "100 workloads", "Generation/EveryWorkload", "EveryWorkload")
	if err != nil {
		return err
	}
	p.say("What a control plane really does is to make them for all proxies. weft makes what is outbound once; Istio makes it for each proxy, and takes some of it " +
		"from its cache. Clusters, listeners and routes for one proxy of each of 100 workloads, from nothing, with Istio's cache on but empty at the start:")
	p.table(head, [][]string{row})
	ours, theirs := all["Generation/EveryWorkload"], all["EveryWorkload"]
	p.note("clusters, listeners and routes for one proxy of each of 100 workloads", lesser(ours, theirs))
	return nil
}

func (b *bench) judgeGeneration(kind, shape string, all map[string]figures) {
	ours, theirs := all["Generation/"+kind+"/"+shape], all[kind+"Generation/"+shape]
	if shape == "http" {
		b.page.judge(strings.ToLower(kind)+" generation for one proxy, 100 HTTP Services, per resource", fmt.Sprintf("%dx less time and allocations", budgetOfGeneration),
			lesser(ours.each(), theirs.each())+"; for all together "+lesser(ours, theirs), enough(ours.each(), theirs.each()))
	}
}

// each is what one resource takes.
func (f figures) each() figures {
	n := f["resources/msg"]
	return figures{"ns/op": f["ns/op"] / n, "allocs/op": f["allocs/op"] / n}
}

func enough(ours, theirs figures) bool {
	return ours["ns/op"]*budgetOfGeneration <= theirs["ns/op"] && ours["allocs/op"]*budgetOfGeneration <= theirs["allocs/op"]
}

func lesser(ours, theirs figures) string {
	return fmt.Sprintf("%s times less time, %s times less allocations", ratio(theirs["ns/op"], ours["ns/op"]), ratio(theirs["allocs/op"], ours["allocs/op"]))
}

func compare(all map[string]figures, title, ours, theirs string) ([]string, error) {
	a, b := all[ours], all[theirs]
	if a == nil || b == nil {
		return nil, fmt.Errorf("no figures of %s or %s", ours, theirs)
	}
	return []string{
		title, fmt.Sprint(a["resources/msg"]), fmt.Sprint(b["resources/msg"]),
		digits(a["ns/op"]/1e6) + " ms", digits(b["ns/op"]/1e6) + " ms", ratio(b["ns/op"], a["ns/op"]),
		fmt.Sprintf("%.0f", a["allocs/op"]), fmt.Sprintf("%.0f", b["allocs/op"]), ratio(b["allocs/op"], a["allocs/op"]), ratio(b["B/op"], a["B/op"]),
	}, nil
}
