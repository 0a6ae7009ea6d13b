package agentserver

import (
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/token"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Pod is what the API server says about a pod.
type Pod struct {
	UID, Account string
	// Workload is the label that injection stamped; empty: the pod has no sidecar.
	Workload string
	// Place is where its node is.
	Place model.Place
	// Terminating says that somebody has deleted it. It may still serve.
	Terminating bool
}

// Pods are those of the joined namespaces.
type Pods interface {
	Lookup(namespace, name string) (Pod, bool)
}

// living returns the pod of a token, if it still lives and is what the token says.
//
// A terminating pod counts as living. Draining can outlast a leaf of one hour, its last requests need policies and
// certificates as much as those before, and its identity ends with the pod: kubelet and API server take the token back
// when they delete it.
func (s *Server) living(c token.Claims) (Pod, error) {
	pod, found := s.Pods.Lookup(c.Namespace, c.Pod)
	switch {
	case !found: // gone, or so new that the watch has not brought it yet: the agent asks again
		return Pod{}, status.Errorf(codes.Unavailable, "pod %s/%s: not known to this replica", c.Namespace, c.Pod)
	case pod.UID != c.PodUID:
		return Pod{}, status.Errorf(codes.PermissionDenied, "pod %s/%s: its uid is %s, that of the token is %s", c.Namespace, c.Pod, pod.UID, c.PodUID)
	case pod.Account != c.Account:
		return Pod{}, status.Errorf(codes.PermissionDenied, "pod %s/%s: its account is %s, that of the token is %s", c.Namespace, c.Pod, pod.Account, c.Account)
	case pod.Workload == "":
		return Pod{}, status.Errorf(codes.PermissionDenied, "pod %s/%s: it has no sidecar of this mesh", c.Namespace, c.Pod)
	}
	return pod, nil
}

// Recheck closes the streams of pods with this name that are gone. Call it when a pod was deleted.
func (s *Server) Recheck(namespace, name string) {
	pod, found := s.Pods.Lookup(namespace, name)
	for _, uid := range s.sessions.endOthers(namespace, name, pod.UID, found) {
		s.shares.forget(uid)
	}
}
