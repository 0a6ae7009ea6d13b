// Package hold decides how the rolling update of one Deployment is held by the readiness of its new pods.
//
// In: the Deployment, its ReplicaSets and pods, and what is remembered about it. Out: whether a new pod gets a gate or
// is refused, the least size of a ReplicaSet, what is to be done to pods and ReplicaSets, what is to be remembered, and
// findings. No answer ever changes the Deployment.
//
// Words: a gated pod is not ready before it is released, so the rolling update waits for it. The floor keeps the
// stable ReplicaSet at the Deployment's size meanwhile. The meter says how many pods of the new version may exist.
//
// What is caught here: a pod whose version is not known to be new gets no gate; without a stable ReplicaSet nothing is
// held; scaling to zero and back promotes nothing; a hash counts only for the Deployment that it was seen at.
package hold
