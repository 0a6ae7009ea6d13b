package main

import (
	"encoding/json"
	"net/http"

	"k8s.io/client-go/kubernetes"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/weft-mesh/weft/internal/review"
	"github.com/weft-mesh/weft/internal/xdsserver"
)

// debugXDS is the path of the page about the proxies of this replica.
const debugXDS = "/debug/xds"

// serveDebug adds the page to the server of the metrics.
func (p *plane) serveDebug(mgr ctrl.Manager, api kubernetes.Interface) error {
	return mgr.AddMetricsServerExtraHandler(debugXDS, review.Guard(api, http.HandlerFunc(p.showXDS)))
}

// showXDS writes, as JSON, which proxies are connected to this replica and what they have acknowledged.
func (p *plane) showXDS(w http.ResponseWriter, r *http.Request) {
	proxies, err := p.xds.Connections(r.Context())
	if err != nil {
		http.Error(w, "ask the proxies' streams: "+err.Error(), http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	_ = out.Encode(struct { // an error is that of a reader who left
		Replica string                 `json:"replica"`
		Proxies []xdsserver.Connection `json:"proxies"`
	}{p.options.pod, proxies})
}
