package apply

import "github.com/weft-mesh/weft/internal/failpoint"

// Writes of the operator to the API server. There are no others: the client that can write is in this package only, and
// each of its methods passes the failpoint of its name before and after.
const (
	CASecret             failpoint.Name = "ca-secret"
	WebhookSecret        failpoint.Name = "webhook-secret"
	WebhookConfiguration failpoint.Name = "webhook-configuration"
	TrustConfigMap       failpoint.Name = "trust-config-map"
	TrustPrune           failpoint.Name = "trust-prune"
	ScopeConfigMap       failpoint.Name = "scope-config-map"
	ScopePrune           failpoint.Name = "scope-prune"
	NetworkPolicy        failpoint.Name = "network-policy"
	NetworkPolicyPrune   failpoint.Name = "network-policy-prune"
	PolicyFinalizer      failpoint.Name = "policy-finalizer"
	PolicyStatus         failpoint.Name = "policy-status"
	CanaryStatus         failpoint.Name = "canary-status"
	ReplicaSetScale      failpoint.Name = "replica-set-scale"
	ReplicaSetPoke       failpoint.Name = "replica-set-poke"
	PodGate              failpoint.Name = "pod-gate"
	PodDelete            failpoint.Name = "pod-delete"
	JobCreate            failpoint.Name = "job-create"
	MeshStatus           failpoint.Name = "mesh-status"
	Event                failpoint.Name = "event"
)
