package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/weft-mesh/weft/docs/plots/curve"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/test/bench/peers/talk"
	"github.com/weft-mesh/weft/test/bench/peers/town"
)

// unrelated are the numbers of Services in other namespaces that nobody of the proxy's namespace calls.
var unrelated = []int{10, 1000, 10_000}

// calm is how long an Envoy is left to give back what it needed for a moment.
const calm = 2 * time.Second

// weight is what an Envoy carries.
type weight struct {
	rss, allocated int64
	sent           talk.Traffic
}

type weightKey struct {
	services int // unrelated
	narrow   bool
}

// weights gives a real Envoy its configuration, with its narrow scope and with the whole mesh.
func (b *bench) weights(ctx context.Context) (map[weightKey]weight, error) {
	out := map[weightKey]weight{}
	for _, services := range unrelated {
		for _, narrow := range []bool{true, false} {
			key := weightKey{services, narrow}
			w, err := b.weigh(ctx, key)
			if err != nil {
				return nil, fmt.Errorf("Envoy with %d unrelated Services, narrow %t: %w", services, narrow, err)
			}
			out[key] = w
			b.progress("Envoy with %d unrelated Services, narrow %t: %s", services, narrow, amount(w.rss))
		}
	}
	return out, nil
}

func (b *bench) weigh(ctx context.Context, key weightKey) (w weight, err error) {
	folder, err := os.MkdirTemp(b.tools.folder, "envoy-")
	if err != nil {
		return w, err
	}
	socket := filepath.Join(folder, "agent.sock")
	server, err := start(ctx, nil, weft, append(b.tools.server(weft, town.PerTeam+key.services), "-socket="+socket, fmt.Sprintf("-narrow=%t", key.narrow))...)
	if err != nil {
		return w, err
	}
	defer server.end()
	e, err := startEnvoy(ctx, b.envoy, socket)
	if err != nil {
		return w, err
	}
	defer e.end()
	if w.sent, err = e.settled(ctx, server); err != nil {
		return w, err
	}
	time.Sleep(calm)
	if w.allocated, err = e.memory(); err != nil {
		return w, err
	}
	w.rss, err = talk.RSS(e.cmd.Process.Pid)
	return w, err
}

func (b *bench) tellWeights(ctx context.Context) error {
	all, err := b.weights(ctx)
	if err != nil {
		return err
	}
	p := b.page
	p.say("## An Envoy and Services that do not concern it")
	p.say("A real Envoy with the agent's bootstrap, two workers and all secrets, beside a mesh of %d Services in its namespace and so many in others. Its "+
		"scope is narrow (what its namespace, its policies and its calls need) or the whole mesh. `model.ScopesOf` chooses the whole mesh up to %d Services by itself; here both were "+
		"asked for. Resident is what the kernel counts %s after all was in use, allocated what Envoy's allocator has given out, sent all responses before framing.", town.PerTeam, model.DefaultScopeBudget, calm)
	var rows [][]string
	lines := map[string][]curve.Point{}
	for _, services := range unrelated {
		narrow, whole := all[weightKey{services, true}], all[weightKey{services, false}]
		rows = append(rows, []string{
			fmt.Sprint(services), amount(narrow.rss), amount(whole.rss), amount(narrow.allocated), amount(whole.allocated), amount(narrow.sent.Bytes), amount(whole.sent.Bytes),
		})
		for name, w := range map[string]weight{"narrow": narrow, "whole mesh": whole} {
			lines[name] = append(lines[name], curve.Point{X: float64(services), Y: float64(w.rss) / (1 << 20)})
			lines[name+" sent"] = append(lines[name+" sent"], curve.Point{X: float64(services), Y: float64(w.sent.Bytes) / (1 << 10)})
		}
	}
	p.table([]string{
		"unrelated Services", "resident, narrow", "resident, whole", "allocated, narrow", "allocated, whole", "sent, narrow", "sent, whole",
	}, rows)
	for _, picture := range []struct{ file, kind, title, unit string }{
		{"envoy-memory.svg", "", "resident memory of an Envoy", "MB"}, {"envoy-bytes.svg", " sent", "configuration sent to an Envoy", "kB"},
	} {
		p.chart(picture.file, curve.Chart{Title: picture.title + ", " + picture.unit, X: "unrelated Services", Y: picture.unit, Series: []curve.Series{
			{Name: "narrow", Points: lines["narrow"+picture.kind]}, {Name: "whole mesh", Points: lines["whole mesh"+picture.kind]},
		}})
	}
	first, last := all[weightKey{unrelated[1], true}], all[weightKey{unrelated[len(unrelated)-1], true}]
	p.judge("Envoy's memory and bytes of configuration, narrow", "do not grow with unrelated Services above the scope's budget",
		fmt.Sprintf("%d unrelated: %s, %s sent; %d: %s, %s sent", unrelated[1], amount(first.rss), amount(first.sent.Bytes), unrelated[len(unrelated)-1], amount(last.rss), amount(last.sent.Bytes)),
		float64(last.rss) < 1.05*float64(first.rss) && float64(last.sent.Bytes) < 1.05*float64(first.sent.Bytes))
	return nil
}
