package inject

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// Probes tells the agent which probe of a container it stands for at which path: /probe/CONTAINER/KIND, where KIND is
// readiness, liveness or startup.
type Probes map[string]Probe

// Probe is a probe as the container's author wrote it, with numbers for port names. One of the three kinds is set.
type Probe struct {
	HTTPGet        *HTTPGet   `json:"httpGet,omitempty"`
	TCPSocket      *TCPSocket `json:"tcpSocket,omitempty"`
	GRPC           *GRPC      `json:"grpc,omitempty"`
	TimeoutSeconds int32      `json:"timeoutSeconds"`
}

// HTTPGet succeeds on a status from 200 to 399.
type HTTPGet struct {
	Port    int32    `json:"port"`
	Path    string   `json:"path"`
	Scheme  string   `json:"scheme"` // HTTP or HTTPS; certificates are not verified, as the kubelet does not
	Headers []Header `json:"headers,omitempty"`
}

// Header of a request. Host sets the request's host.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// TCPSocket succeeds when the port can be connected to.
type TCPSocket struct {
	Port int32 `json:"port"`
}

// GRPC succeeds when grpc.health.v1.Health/Check answers SERVING.
type GRPC struct {
	Port    int32  `json:"port"`
	Service string `json:"service,omitempty"`
}

// encode gives the same bytes for the same probes. A dollar is escaped: the kubelet expands $(NAME) in a variable.
func (p Probes) encode() (string, error) {
	encoded, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("encode probes: %w", err)
	}
	return strings.ReplaceAll(string(encoded), "$", `\u0024`), nil
}

// recorded reads the probes that an earlier injection rewrote. Without a readable record there are none.
func recorded(pod *corev1.Pod) Probes {
	for _, list := range containerLists(pod) {
		for _, c := range list.containers {
			if c.Name != v1alpha1.ContainerProxy {
				continue
			}
			at := slices.IndexFunc(c.Env, func(e corev1.EnvVar) bool { return e.Name == EnvProbes })
			var probes Probes
			if at >= 0 && json.Unmarshal([]byte(c.Env[at].Value), &probes) == nil {
				return probes
			}
		}
	}
	return nil
}
