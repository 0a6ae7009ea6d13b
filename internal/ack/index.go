package ack

import (
	"reflect"
	"slices"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model"
)

// Index is a view of pods that is quick to count many objects in: pods of one workload whose proxies have applied all of
// the same configuration are looked at together.
type Index struct {
	view      View
	workloads map[model.Key]map[group]*members
	beyond    []model.ProxyPod // those that have more than the configuration of their workload
}

// ofWorkload is how many maps of a report are of the configuration that all pods of a workload share.
const ofWorkload = 2

// group tells apart what proxies should have, by the identity of its maps, and sets apart those that lack something.
type group struct {
	first, second uintptr
	alone         string // the UID of the pod
}

type members struct {
	report Report
	pods   []model.ProxyPod
}

// NewIndex puts pods into groups. Pods must be sorted.
func NewIndex(view View, pods []model.ProxyPod) *Index {
	x := &Index{view: view, workloads: map[model.Key]map[group]*members{}}
	for _, pod := range pods {
		groups := x.workloads[pod.Workload]
		if groups == nil {
			groups = map[group]*members{}
			x.workloads[pod.Workload] = groups
		}
		report := view.Reports[pod.UID]
		if len(report.Latest) > ofWorkload {
			x.beyond = append(x.beyond, pod)
		}
		key := groupOf(pod, report)
		if groups[key] == nil {
			groups[key] = &members{report: report}
		}
		groups[key].pods = append(groups[key].pods, pod)
	}
	return x
}

func groupOf(pod model.ProxyPod, r Report) group {
	if len(r.Latest) != ofWorkload || len(r.Behind) > 0 || len(r.Rejected) > 0 {
		return group{alone: pod.UID}
	}
	return group{first: reflect.ValueOf(r.Latest[0]).Pointer(), second: reflect.ValueOf(r.Latest[1]).Pointer()}
}

// Count is like the function, of the pods of some workloads, and of others that have got the object beyond the configuration
// of theirs.
func (x *Index) Count(workloads map[model.Key]bool, stamp model.Stamp) v1alpha1.Acknowledgement {
	var total, applied int
	var others []model.ProxyPod
	for workload := range workloads {
		for _, m := range x.workloads[workload] {
			total += len(m.pods)
			if version, is := m.report.Applied(stamp.UID); is && version == stamp.Version {
				applied += len(m.pods)
			} else {
				others = append(others, m.pods...)
			}
		}
	}
	for _, pod := range x.beyond {
		report := x.view.Reports[pod.UID]
		if workloads[pod.Workload] || !report.Has(stamp.UID) {
			continue
		}
		total++
		if version, is := report.Applied(stamp.UID); is && version == stamp.Version {
			applied++
		} else {
			others = append(others, pod)
		}
	}
	slices.SortFunc(others, func(a, b model.ProxyPod) int { return a.Key.Compare(b.Key) })
	out := Count(x.view, others, stamp)
	out.Total, out.Acknowledged = int32(total), int32(applied)
	return out
}
