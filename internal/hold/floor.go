package hold

import appsv1 "k8s.io/api/apps/v1"

// Floor is the size that a ReplicaSet gets when somebody wants another one. A stable set is kept at what the stable version
// needs beside the others of it. A set that has lost its place in the Deployment while requests still go to it keeps its
// pods until they no longer do.
func (v View) Floor(set *appsv1.ReplicaSet, wanted int32) int32 {
	course, n := v.Course(), v.Replicas()
	hash := Hash(set)
	switch {
	case n == 0 || v.known[hash] == nil:
		return wanted
	case v.isStable(hash) && (course == Held || course == Promoting):
		others := v.stableSize() - replicas(v.known[hash].Spec.Replicas)
		return max(wanted, n-v.replaced()-others)
	case v.outrun(hash) && v.Run.Shared && hash == v.Run.Revision:
		return max(wanted, min(replicas(v.known[hash].Spec.Replicas), v.Living(hash)))
	}
	return wanted
}

// replaced is how many places of the stable version the current wave may take: those of pods that are ready.
func (v View) replaced() int32 {
	return min(taken(v.wave(), v.Replicas()), v.count(Hash(v.newest), ready))
}

// wave is that of the version that the Deployment asks for.
func (v View) wave() int32 {
	if v.newest != nil && v.isPromoting(Hash(v.newest)) {
		return v.State.Wave
	}
	return 0
}

// outrun says that a hash is neither stable nor what the Deployment asks for.
func (v View) outrun(hash string) bool { return !v.isStable(hash) && hash != v.Newest() }

// stableSize is what the sets of the stable version are to have together.
func (v View) stableSize() (n int32) {
	for _, set := range v.stable {
		n += replicas(set.Spec.Replicas)
	}
	return n
}
