package policy_test

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/ack"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/policy"
)

// reconcile is one look of the leader at one Policy; what it decides goes through JSON, as over a restart.
func (w *world) reconcile(t *tracked) policy.Decision {
	w.now = w.now.Add(time.Second)
	d := w.next(w.input(t))
	if d.RemoveFinalizer {
		w.policies = slices.DeleteFunc(w.policies, func(o *tracked) bool { return o == t })
		w.past = append(w.past, t)
		return d
	}
	bytes, err := json.Marshal(d.Status)
	if err != nil {
		panic(err)
	}
	t.object.Status = v1alpha1.PolicyStatus{}
	if err := json.Unmarshal(bytes, &t.object.Status); err != nil {
		panic(err)
	}
	s := t.object.Status
	if s.Position != nil && s.Position.Sequence != t.history[len(t.history)-1].sequence {
		t.history = append(t.history, sent{s.Position.Sequence, s.Envoy.DeepCopy(), *s.DeepCopy()})
	}
	return d
}

func (w *world) input(t *tracked) policy.Input {
	in := policy.Input{Policy: t.object.DeepCopy(), Now: w.now, NetworkWritten: true, Decidable: true}
	view := ack.View{Complete: true, Reports: map[string]ack.Report{}}
	stamp := model.Stamp{UID: string(t.object.UID)}
	if t.object.Status.Position != nil {
		stamp.Version = strconv.FormatInt(t.object.Status.Position.Sequence, 10)
	}
	var pods []model.ProxyPod
	for _, of := range w.workloads {
		if selects(t.object.Spec.Selector, of.labels) {
			in.Workloads = append(in.Workloads, of.name)
		}
		in.NetworkWritten = in.NetworkWritten && (w.blindNet || equalJSON(of.network[t.object.UID], t.object.Status.Network))
		for _, p := range of.proxies {
			view.Reports[p.pod.UID] = p.reported
			if depends(t.object.Status, of.labels) {
				pods = append(pods, p.pod)
			}
		}
	}
	in.Acks = ack.Count(view, pods, stamp)
	in.Decidable = w.blindLag || slices.Min(t.seen) == len(t.history)-1
	if w.blindAcks {
		in.Acks.Acknowledged, in.Decidable = in.Acks.Total, true
	}
	return in
}

func (w *world) all() []*tracked { return slices.Concat(w.policies, w.past) }

func (w *world) proxies() []*proxy {
	var out []*proxy
	for _, of := range w.workloads {
		out = append(out, of.proxies...)
	}
	return out
}

func equalJSON(a, b any) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return string(x) == string(y)
}
