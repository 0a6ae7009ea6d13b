package probe

import (
	"net"
	"net/http"
)

// Handler answers for each probe on its path. Another path is not found.
func Handler(specs map[string]Spec, host string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, ok := specs[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		if err := Run(r.Context(), s, host); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusOK)
	})
}

// PodAddress is the address at which the kubelet would probe: that of the pod's interface, or loopback if it has none.
func PodAddress() string {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return "127.0.0.1"
	}
	for _, a := range addresses {
		if network, ok := a.(*net.IPNet); ok && network.IP.IsGlobalUnicast() {
			return network.IP.String()
		}
	}
	return "127.0.0.1"
}
