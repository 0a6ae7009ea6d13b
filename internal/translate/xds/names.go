package xds

import (
	"strconv"
	"strings"

	"github.com/weft-mesh/weft/internal/model"
)

// ClusterName is NAMESPACE/SERVICE/PORT, and /SUBSET for one version of it: shop/reviews/8080/version=v2.
func ClusterName(service model.Key, port uint16, subset string) string {
	var room [128]byte
	name := append(append(room[:0], service.Namespace...), '/')
	name = append(append(name, service.Name...), '/')
	name = strconv.AppendUint(name, uint64(port), 10)
	if subset != "" {
		name = append(append(name, '/'), subset...)
	}
	return string(name)
}

// ParseClusterName takes a cluster's name apart. It is false for clusters that are not a Service's.
func ParseClusterName(name string) (service model.Key, port uint16, subset string, ok bool) {
	parts := strings.SplitN(name, "/", 4)
	if len(parts) < 3 {
		return model.Key{}, 0, "", false
	}
	n, err := strconv.ParseUint(parts[2], 10, 16)
	if err != nil || n == 0 || parts[0] == "" || parts[1] == "" {
		return model.Key{}, 0, "", false
	}
	if len(parts) == 4 {
		subset = parts[3]
	}
	return model.Key{Namespace: parts[0], Name: parts[1]}, uint16(n), subset, true
}
