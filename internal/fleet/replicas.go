package fleet

import (
	"cmp"
	"net"
	"slices"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Peer is a live replica.
type Peer struct {
	Name    string // of its pod
	Address string // IP:PORT that it serves peers on
}

// lingers is how long a replica counts after the API server wanted it to be gone. Agents have found another one by then.
const lingers = time.Minute

// Live are the replicas that proxies may be connected to, sorted by name. A replica that does not answer is live: what it
// knows is needed. It is so until its pod has ended or is deleted; a pod whose node is lost stays in the API server
// long after its deletion, and no longer counts a while after the end of its grace period.
func Live(pods []*corev1.Pod, port int, now time.Time) []Peer {
	var peers []Peer
	for _, p := range pods {
		ended := p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed
		overdue := p.DeletionTimestamp != nil && now.Sub(p.DeletionTimestamp.Time) > lingers
		if p.Status.PodIP == "" || ended || overdue {
			continue
		}
		peers = append(peers, Peer{Name: p.Name, Address: net.JoinHostPort(p.Status.PodIP, strconv.Itoa(port))})
	}
	slices.SortFunc(peers, func(a, b Peer) int { return cmp.Compare(a.Name, b.Name) })
	return peers
}
