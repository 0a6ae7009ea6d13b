// Package ack counts which live proxies have applied an object.
//
// In: the pods that have a sidecar now, what their proxies have reported to any replica, and an object in one version.
// Out: a count with names. A pod that is gone is not counted; a pod whose proxy has not reported is pending.
package ack

import (
	"maps"
	"slices"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model"
)

// Report is what one proxy has said.
type Report struct {
	// Latest holds, by the UID of an object, the version that the proxy should have. The maps are those of the
	// configuration, which many proxies share.
	Latest []map[string]string
	// Behind holds, by the UID of an object that the proxy has not applied in that version, the one that it has applied
	// in full; empty: none.
	Behind map[string]string
	// Rejected holds, by the UID of an object, the version that the proxy refused.
	Rejected map[string]Refusal
	// UpToDate says that the proxy has applied all that there is for it.
	UpToDate bool
	// Calls are the Services that the proxy has asked for by a first call, sorted.
	Calls []model.Key
}

// Applied is the version of an object that the proxy has applied in full. It is false when there is none.
func (r Report) Applied(uid string) (version string, is bool) {
	if version, behind := r.Behind[uid]; behind {
		return version, version != ""
	}
	for _, latest := range r.Latest {
		if version, is := latest[uid]; is {
			return version, true
		}
	}
	return "", false
}

// Has says whether the proxy should have an object, in whatever version.
func (r Report) Has(uid string) bool {
	for _, latest := range r.Latest {
		if _, has := latest[uid]; has {
			return true
		}
	}
	return false
}

// Refusal is a version that a proxy refused, with Envoy's text.
type Refusal struct{ Version, Reason string }

// View holds the reports of all replicas by the UID of the pod.
type View struct {
	// Complete is false while a live replica has not reported yet: then nothing may be decided.
	Complete bool
	Reports  map[string]Report
	// Held holds, for each live replica, by the UID of an object, the version that its proxies get now.
	Held []map[string]string
}

// HeldByAll says whether every live replica sends the object in this version. A replica that lags would give a new
// proxy an old one.
func (v View) HeldByAll(uid, version string) bool {
	for _, held := range v.Held {
		if held[uid] != version {
			return false
		}
	}
	return v.Complete
}

// named is how many pods a count names.
const named = 10

// Count counts the proxies among pods that have applied the stamp. Pods must be sorted; they are those that depend on
// the object.
func Count(view View, pods []model.ProxyPod, stamp model.Stamp) v1alpha1.Acknowledgement {
	return count(view, pods, func(r Report) bool {
		version, is := r.Applied(stamp.UID)
		return is && version == stamp.Version
	}, func(r Report) (string, bool) {
		refused := r.Rejected[stamp.UID]
		return refused.Reason, refused.Version == stamp.Version
	})
}

// UpToDate counts the proxies among pods that have applied all that there is for them.
func UpToDate(view View, pods []model.ProxyPod) v1alpha1.Acknowledgement {
	return count(view, pods, func(r Report) bool { return r.UpToDate }, func(r Report) (string, bool) {
		for _, uid := range slices.Sorted(maps.Keys(r.Rejected)) {
			return r.Rejected[uid].Reason, true
		}
		return "", false
	})
}

func count(view View, pods []model.ProxyPod, applied func(Report) bool, refused func(Report) (string, bool)) v1alpha1.Acknowledgement {
	out := v1alpha1.Acknowledgement{Total: int32(len(pods))}
	for _, pod := range pods {
		report, known := view.Reports[pod.UID]
		if known && applied(report) {
			out.Acknowledged++
			continue
		}
		if reason, is := refused(report); is {
			if len(out.Rejected) < named {
				out.Rejected = append(out.Rejected, v1alpha1.Rejection{Pod: pod.Key.String(), Reason: reason})
			}
			continue
		}
		if len(out.Pending) < named {
			out.Pending = append(out.Pending, pod.Key.String())
		}
	}
	return out
}
