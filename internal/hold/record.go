package hold

import "slices"

// statesKept is how many restarts of the stable version are remembered at most.
const statesKept = 10

// Record is the state after a look. The stable version is taken from a complete Deployment only.
func (v View) Record() State {
	s := v.State
	s.Stable = slices.Clone(s.Stable)
	if v.Deployment == nil {
		return s
	}
	if uid := string(v.Deployment.UID); s.DeploymentUID != uid {
		s = State{DeploymentUID: uid}
	}
	newest := v.Newest()
	switch {
	case newest == "":
	case v.complete():
		s = State{DeploymentUID: s.DeploymentUID, Stable: []string{newest}}
	case v.isStable(newest) && !slices.Contains(s.Stable, newest) && len(s.Stable) < statesKept:
		s.Stable = append(s.Stable, newest)
	}
	return s
}

// complete says that all pods of the Deployment are of its template and available. One of size zero shows nothing.
func (v View) complete() bool {
	n, s := v.Replicas(), v.Deployment.Status
	return n > 0 && s.ObservedGeneration >= v.Deployment.Generation &&
		s.UpdatedReplicas == n && s.Replicas == n && s.AvailableReplicas == n
}
