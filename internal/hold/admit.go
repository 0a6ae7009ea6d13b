package hold

import (
	"fmt"
	"math"

	appsv1 "k8s.io/api/apps/v1"
)

// Answer is what happens to a pod that is to be made.
type Answer struct {
	// Gate says that the pod waits until it is released.
	Gate bool
	// Refuse is why there is to be no such pod now; empty: it may be made.
	Refuse string
}

// Admit decides about one more pod of a ReplicaSet.
func (v View) Admit(set *appsv1.ReplicaSet) Answer {
	if v.Deployment == nil || !v.holdable() || len(v.stable) == 0 {
		return Answer{}
	}
	hash := Hash(set)
	if v.known[hash] == nil || v.isStable(hash) {
		return Answer{}
	}
	if hash == v.Run.Rejected {
		return Answer{Refuse: fmt.Sprintf("revision %s of Deployment %s was rolled back; it gets no pods until the Deployment "+
			"changes or somebody retries it", hash, v.Deployment.Name)}
	}
	if have, most := v.Living(hash), v.meter(hash); have >= most {
		return Answer{Refuse: fmt.Sprintf("revision %s of Deployment %s has %d pods and is to have %d now; more come with "+
			"its next step", hash, v.Deployment.Name, have, most)}
	}
	return Answer{Gate: !v.isPromoting(hash) || v.State.Wave < WaveWhole}
}

// meter is how many pods of a version that is not stable may exist.
func (v View) meter(hash string) int32 {
	switch {
	case v.isPromoting(hash) && v.State.Wave >= WaveWhole:
		return math.MaxInt32
	case v.isPromoting(hash):
		return max(v.State.Size, taken(v.State.Wave, v.Replicas()))
	case hash == v.Run.Revision && v.State.Size > 0:
		return v.State.Size
	}
	return Size(v.Run.FirstWeight, v.Replicas())
}
